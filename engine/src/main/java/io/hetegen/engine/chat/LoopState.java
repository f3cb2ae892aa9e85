package io.hetegen.engine.chat;

import java.util.List;

/** What the body of a loop sees as {@code loop}. */
record LoopState(List<Object> rounds, int index) {

    Object attribute(String name) {
        int last = rounds.size() - 1;
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> last - index + 1L;
            case "revindex0" -> (long) last - index;
            case "first" -> index == 0;
            case "last" -> index == last;
            case "length" -> last + 1L;
            case "previtem" -> index == 0 ? new Undefined("loop.previtem") : rounds.get(index - 1);
            case "nextitem" -> index == last ? new Undefined("loop.nextitem") : rounds.get(index + 1);
            default -> new Undefined("loop." + name);
        };
    }
}
