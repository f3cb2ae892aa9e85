package io.hetegen.engine.chat;

import io.hetegen.engine.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The argument expressions of a call, collected one by one. */
final class ArgumentsParser {

    /** @param unpacked whether it stands for as many arguments as it has items */
    private record Positional(Expression value, boolean unpacked) {}

    private final List<Positional> positional = new ArrayList<>();
    private final Map<String, Expression> named = new LinkedHashMap<>();

    void add(Expression argument) {
        positional.add(new Positional(argument, false));
    }

    void add(TokenStream in, ExpressionParser parser) {
        if (in.peek().kind() == Kind.NAME && in.peekSecond().is(Kind.OPERATOR, "=")) {
            String name = in.next().text();
            in.next();
            named.put(name, parser.expression());
        } else if (named.isEmpty()) {
            boolean unpacked = in.skipOperator("*");
            positional.add(new Positional(parser.expression(), unpacked));
        } else {
            throw in.failure("an argument without a name follows one with a name");
        }
    }

    Arguments evaluate(Frame frame) {
        if (positional.isEmpty() && named.isEmpty()) {
            return Arguments.NONE;
        }
        List<Object> values = new ArrayList<>(positional.size());
        for (Positional argument : positional) {
            Object value = frame.evaluate(argument.value());
            if (argument.unpacked()) {
                List<Object> items = Values.items(value);
                frame.budget().produce(items.size());
                values.addAll(items);
            } else {
                values.add(value);
            }
        }
        Map<String, Object> namedValues = new LinkedHashMap<>();
        named.forEach((name, argument) -> namedValues.put(name, frame.evaluate(argument)));
        return new Arguments(values, namedValues);
    }
}
