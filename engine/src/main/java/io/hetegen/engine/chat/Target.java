package io.hetegen.engine.chat;

import io.hetegen.engine.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** What an assignment or a loop sets: a name, an attribute of a namespace, or several names. */
interface Target {

    void assign(Frame frame, Object value);

    static Target parse(TokenStream in) {
        List<Target> targets = new ArrayList<>();
        boolean parenthesis = in.skipOperator("(");
        do {
            targets.add(single(in));
        } while (in.skipOperator(",") && in.peek().kind() == Kind.NAME);
        if (parenthesis) {
            in.expectOperator(")");
        }
        return targets.size() == 1 ? targets.get(0) : several(targets);
    }

    private static Target single(TokenStream in) {
        String name = in.expect(Kind.NAME).text();
        if (!in.skipOperator(".")) {
            return (frame, value) -> frame.set(name, value);
        }
        String attribute = in.expect(Kind.NAME).text();
        return (frame, value) -> {
            if (!(frame.get(name) instanceof Namespace namespace)) {
                throw new TemplateException("'" + name + "' is no namespace, so its attributes cannot be set");
            }
            namespace.values().put(attribute, value);
        };
    }

    private static Target several(List<Target> targets) {
        return (frame, value) -> {
            List<Object> items = Values.items(value);
            if (items.size() != targets.size()) {
                throw new TemplateException("expected " + targets.size() + " values, found " + items.size());
            }
            for (int i = 0; i < items.size(); i++) {
                targets.get(i).assign(frame, items.get(i));
            }
        };
    }
}
