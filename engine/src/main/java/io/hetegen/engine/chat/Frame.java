package io.hetegen.engine.chat;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables of one scope and where its output goes. */
final class Frame {

    private final @Nullable Frame parent;
    private final Map<String, Object> variables = new HashMap<>();
    private final Budget budget;
    private final Clock clock;
    private final TextBuilder out;

    private Frame(@Nullable Frame parent, Budget budget, Clock clock, TextBuilder out) {
        this.parent = parent;
        this.budget = budget;
        this.clock = clock;
        this.out = out;
    }

    static Frame outermost(Map<String, Object> variables, Clock clock) {
        Frame frame = new Frame(null, new Budget(), clock, new TextBuilder());
        frame.variables.putAll(variables);
        return frame;
    }

    /** A scope inside this one that writes to the same place. */
    Frame inner() {
        return new Frame(this, budget, clock, out);
    }

    /** A scope inside this one whose output is kept apart. */
    Frame capturing() {
        return new Frame(this, budget, clock, new TextBuilder());
    }

    Budget budget() {
        return budget;
    }

    Clock clock() {
        return clock;
    }

    Object evaluate(Expression expression) {
        budget.enter();
        Object value = expression.evaluate(this);
        budget.leave();
        return value;
    }

    Object get(String name) {
        for (@Nullable Frame frame = this; frame != null; frame = frame.parent) {
            Object value = frame.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Globals.named(name);
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    void write(Text text) {
        budget.produce(text.length());
        out.append(text);
    }

    Text output() {
        return out.build();
    }
}
