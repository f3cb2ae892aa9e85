package io.hetegen.engine.generate;

import java.util.List;

/**
 * Watches an answer's text for stop strings while it arrives in pieces, and holds back only what may still become one.
 * Of all stop strings complete after a piece, the one that begins first ends the text. One Knuth-Morris-Pratt automaton
 * for each stop string: constant time per character. Not thread safe.
 */
final class StopStrings {

    private final List<String> stops;
    private final int[][] failures;
    private final int[] matched;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopStrings(List<String> stops) {
        this.stops = stops;
        this.failures = stops.stream().map(StopStrings::failures).toArray(int[][]::new);
        this.matched = new int[stops.size()];
    }

    /** Whether a stop string ended the text; everything given afterwards is ignored. */
    boolean stopped() {
        return stopped;
    }

    /** What is certain to belong to the answer now. */
    String add(String text) {
        if (stopped) {
            return "";
        }
        int begin = Integer.MAX_VALUE;
        for (int i = 0; i < text.length(); i++) {
            int end = held.length() + i + 1;
            for (int s = 0; s < matched.length; s++) {
                if (advance(s, text.charAt(i))) {
                    begin = Math.min(begin, end - stops.get(s).length());
                }
            }
        }
        held.append(text);
        stopped = begin != Integer.MAX_VALUE;
        int certain = stopped ? begin : held.length() - longestMatch();
        String released = held.substring(0, certain);
        held.delete(0, stopped ? held.length() : certain);
        return released;
    }

    /** What is still held back, when no more text will come. */
    String flush() {
        String rest = held.toString();
        held.setLength(0);
        return rest;
    }

    private int longestMatch() {
        int longest = 0;
        for (int length : matched) {
            longest = Math.max(longest, length);
        }
        return longest;
    }

    /** @return whether stop string {@code s} is complete with {@code c} */
    private boolean advance(int s, char c) {
        String stop = stops.get(s);
        int length = matched[s];
        while (length > 0 && stop.charAt(length) != c) {
            length = failures[s][length - 1];
        }
        if (stop.charAt(length) == c) {
            length++;
        }
        boolean complete = length == stop.length();
        matched[s] = complete ? failures[s][length - 1] : length;
        return complete;
    }

    /** For each prefix of the stop string the length of its longest proper suffix that is a prefix as well. */
    private static int[] failures(String stop) {
        int[] failures = new int[stop.length()];
        int length = 0;
        for (int i = 1; i < stop.length(); i++) {
            while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
                length = failures[length - 1];
            }
            if (stop.charAt(i) == stop.charAt(length)) {
                length++;
            }
            failures[i] = length;
        }
        return failures;
    }
}
