package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;

/** {@code for}: each round has a scope of its own and sees {@code loop}. */
record Loop(Target target, Expression items, Expression filter, Statement body, Statement otherwise)
        implements Statement {

    @Override
    public Flow execute(Frame frame) {
        List<Object> rounds = new ArrayList<>();
        for (Object item : Values.items(frame.evaluate(items))) {
            Frame inner = frame.inner();
            target.assign(inner, item);
            if (Values.truth(inner.evaluate(filter))) {
                rounds.add(item);
            }
        }
        if (rounds.isEmpty()) {
            return otherwise.execute(frame);
        }
        for (int i = 0; i < rounds.size(); i++) {
            Frame inner = frame.inner();
            inner.set("loop", new LoopState(rounds, i));
            target.assign(inner, rounds.get(i));
            if (body.execute(inner) == Flow.BREAK) {
                break;
            }
        }
        return Flow.NEXT;
    }
}
