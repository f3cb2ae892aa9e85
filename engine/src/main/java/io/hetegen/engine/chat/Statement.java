package io.hetegen.engine.chat;

import java.util.List;

/** A parsed part of a template: text, an output, a tag with its body. */
@FunctionalInterface
interface Statement {

    /** How the enclosing loop goes on. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    Flow execute(Frame frame);

    static Statement sequence(List<Statement> statements) {
        List<Statement> parts = List.copyOf(statements);
        return frame -> {
            frame.budget().enter();
            Flow flow = Flow.NEXT;
            for (int i = 0; i < parts.size() && flow == Flow.NEXT; i++) {
                flow = parts.get(i).execute(frame);
            }
            frame.budget().leave();
            return flow;
        };
    }
}
