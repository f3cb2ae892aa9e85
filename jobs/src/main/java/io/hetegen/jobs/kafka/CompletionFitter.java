package io.hetegen.jobs.kafka;

import io.hetegen.jobs.serde.OutputEncoder;
import io.hetegen.schemas.Completion;
import io.hetegen.schemas.Truncation;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Encodes a completion into a given number of bytes: whole if it fits, else with the longest beginning of its text that
 * does, else without its attributes as well. What was cut is told by {@link Completion#getTruncation()}, and is the same
 * in every replay.
 */
record CompletionFitter(OutputEncoder encoder) implements Serializable {

    /** @param cut whether anything was left out */
    record Fitted(byte[] bytes, boolean cut) {}

    Fitted fit(Completion completion, int room) {
        byte[] whole = encoder.encode(completion);
        if (whole.length <= room) {
            return new Fitted(whole, false);
        }
        byte[] text = completion.getText().getBytes(StandardCharsets.UTF_8);
        Truncation truncation = new Truncation((long) text.length, Sha256.hex(text), false);
        Completion cut =
                Completion.newBuilder(completion).setTruncation(truncation).build();
        if (encoder.encode(withText(cut, "")).length > room) {
            truncation =
                    Truncation.newBuilder(truncation).setAttributesDropped(true).build();
            cut = Completion.newBuilder(cut)
                    .setAttributes(Map.of())
                    .setTruncation(truncation)
                    .build();
        }
        return new Fitted(encoder.encode(longestBeginning(cut, room)), true);
    }

    // The encoded size grows with the text, but by how much per character depends on the format: so it is searched.
    private Completion longestBeginning(Completion completion, int room) {
        String text = completion.getText();
        int fits = 0;
        int tooLong = text.length() + 1;
        while (tooLong - fits > 1) {
            int middle = (fits + tooLong) >>> 1;
            if (encoder.encode(withText(completion, beginning(text, middle))).length <= room) {
                fits = middle;
            } else {
                tooLong = middle;
            }
        }
        return withText(completion, beginning(text, fits));
    }

    private static String beginning(String text, int length) {
        boolean splitsPair = length > 0
                && length < text.length()
                && Character.isHighSurrogate(text.charAt(length - 1))
                && Character.isLowSurrogate(text.charAt(length));
        return text.substring(0, splitsPair ? length - 1 : length);
    }

    private static Completion withText(Completion completion, String text) {
        return Completion.newBuilder(completion).setText(text).build();
    }
}
