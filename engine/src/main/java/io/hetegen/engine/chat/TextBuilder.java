package io.hetegen.engine.chat;

import java.util.Arrays;

/** Joins texts and keeps their origins. */
final class TextBuilder {

    private final StringBuilder value = new StringBuilder();
    private int[] changes = new int[4];
    private int count;

    TextBuilder append(Text text) {
        text.appendTo(this, 0, text.length());
        return this;
    }

    TextBuilder append(String text, boolean content) {
        if (text.isEmpty()) {
            return this;
        }
        if (content != (count % 2 == 1)) {
            if (count == changes.length) {
                changes = Arrays.copyOf(changes, 2 * count);
            }
            changes[count++] = value.length();
        }
        value.append(text);
        return this;
    }

    Text build() {
        return new Text(value.toString(), Arrays.copyOf(changes, count));
    }
}
