package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
            inner.set("loop", state(rounds, i));
            target.assign(inner, rounds.get(i));
            if (body.execute(inner) == Flow.BREAK) {
                break;
            }
        }
        return Flow.NEXT;
    }

    private static Namespace state(List<Object> rounds, int index) {
        int size = rounds.size();
        return new Namespace(Map.ofEntries(
                Map.entry("index", index + 1L),
                Map.entry("index0", (long) index),
                Map.entry("revindex", (long) size - index),
                Map.entry("revindex0", size - index - 1L),
                Map.entry("first", index == 0),
                Map.entry("last", index == size - 1),
                Map.entry("length", (long) size),
                Map.entry("previtem", index == 0 ? new Undefined("loop.previtem") : rounds.get(index - 1)),
                Map.entry("nextitem", index == size - 1 ? new Undefined("loop.nextitem") : rounds.get(index + 1))));
    }
}
