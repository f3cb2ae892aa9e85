package io.hetegen.jobs.serde;

import io.hetegen.operator.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Envelopes around test bytes. */
final class Envelopes {

    private Envelopes() {}

    static Envelope of(byte[] value) {
        return new Envelope("prompts", 0, 0L, 0L, List.of(), new byte[0], value);
    }

    static Envelope of(String json) {
        return of(json.getBytes(StandardCharsets.UTF_8));
    }
}
