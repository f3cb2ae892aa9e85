package io.hetegen.engine.chat;

/** What one rendering may use up, so that no template can hang the engine or exhaust its memory. */
final class Budget {

    private static final int STEPS = 5_000_000;
    private static final int DEPTH = 1000;
    /** Characters, list and map entries that are made, dropped ones included. */
    private static final long PRODUCED = 1L << 26;

    private int steps;
    private int depth;
    private long produced;

    void enter() {
        if (++steps > STEPS) {
            throw new TemplateException("the template takes more than " + STEPS + " steps");
        }
        if (++depth > DEPTH) {
            throw new TemplateException("the template nests deeper than " + DEPTH + " levels while it renders");
        }
    }

    void leave() {
        depth--;
    }

    void produce(long amount) {
        produced += amount;
        if (produced > PRODUCED) {
            throw new TemplateException("the template makes more than " + PRODUCED + " characters");
        }
    }

    /** The longest string that {@code times} repetitions may make. */
    long produceTimes(long length, long times) {
        long amount = length == 0 || times <= 0 ? 0 : times > PRODUCED / length ? PRODUCED + 1 : length * times;
        produce(amount);
        return amount;
    }
}
