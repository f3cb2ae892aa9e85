package io.hetegen.engine.chat;

import io.hetegen.engine.tokenizer.TextPiece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A string that knows which of its characters came from the conversation rather than from the template. Equality and
 * order look at the characters only. Indices are UTF-16 units.
 */
final class Text implements Comparable<Text> {

    static final Text EMPTY = new Text("", new int[0]);

    private final String value;
    /** Where the origin changes; what lies before the first change is the template's. */
    private final int[] changes;

    Text(String value, int[] changes) {
        this.value = value;
        this.changes = changes;
    }

    static Text ofTemplate(String value) {
        return new Text(value, new int[0]);
    }

    static Text ofContent(String value) {
        return value.isEmpty() ? EMPTY : new Text(value, new int[] {0});
    }

    String value() {
        return value;
    }

    int length() {
        return value.length();
    }

    Text slice(int from, int to) {
        if (from == 0 && to == value.length()) {
            return this;
        }
        TextBuilder builder = new TextBuilder();
        appendTo(builder, from, to);
        return builder.build();
    }

    void appendTo(TextBuilder builder, int from, int to) {
        int found = Arrays.binarySearch(changes, from);
        int start = from;
        for (int run = found >= 0 ? found + 1 : -found - 1; start < to; run++) {
            int end = Math.min(to, run == changes.length ? value.length() : changes[run]);
            builder.append(value.substring(start, end), run % 2 == 1);
            start = end;
        }
    }

    /** Each run of one origin changed by itself, so that the origin stays known when the length changes. */
    Text mapRuns(UnaryOperator<String> change) {
        TextBuilder builder = new TextBuilder();
        for (TextPiece piece : pieces()) {
            builder.append(change.apply(piece.text()), !piece.parseSpecial());
        }
        return builder.build();
    }

    /** The runs in order; special tokens are parsed in what the template wrote. */
    List<TextPiece> pieces() {
        List<TextPiece> pieces = new ArrayList<>();
        for (int run = 0; run <= changes.length; run++) {
            int start = run == 0 ? 0 : changes[run - 1];
            int end = run == changes.length ? value.length() : changes[run];
            if (start < end) {
                pieces.add(new TextPiece(value.substring(start, end), run % 2 == 0));
            }
        }
        return pieces;
    }

    @Override
    public int compareTo(Text other) {
        return value.compareTo(other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && value.equals(text.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value;
    }
}
