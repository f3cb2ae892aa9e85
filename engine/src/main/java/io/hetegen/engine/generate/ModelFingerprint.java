package io.hetegen.engine.generate;

import io.hetegen.engine.KvType;
import io.hetegen.engine.format.ModelMetadata;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * What an answer depends on besides the request and the arithmetic: weights and hyperparameters, the KV type, the
 * vocabulary and the chat template. The first half of a SHA-256, 32 hex digits. A shortened context is not part of it:
 * it cuts an answer, and changes no token before.
 */
final class ModelFingerprint {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final List<String> STRINGS = List.of(PREFIX + "model", PREFIX + "pre", "tokenizer.chat_template");
    private static final List<String> STRING_ARRAYS = List.of(PREFIX + "tokens", PREFIX + "merges");
    private static final List<String> FLAGS =
            List.of(PREFIX + "add_bos_token", PREFIX + "add_eos_token", PREFIX + "add_space_prefix");
    private static final List<String> IDS = List.of(
            PREFIX + "bos_token_id",
            PREFIX + "eos_token_id",
            PREFIX + "eot_token_id",
            PREFIX + "eom_token_id",
            PREFIX + "unknown_token_id");
    private static final int BYTES = 16;

    private final MessageDigest digest;

    private ModelFingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** @param weights {@link io.hetegen.engine.model.CausalLm#digest} */
    static String of(byte[] weights, KvType kvType, ModelMetadata metadata) {
        ModelFingerprint fingerprint = new ModelFingerprint();
        fingerprint.digest.update(weights);
        fingerprint.put(kvType.name());
        fingerprint.putTokenizer(metadata);
        return HexFormat.of().formatHex(Arrays.copyOf(fingerprint.digest.digest(), BYTES));
    }

    /** Every key goes in with its name, so that an absent one differs from an empty one. */
    private void putTokenizer(ModelMetadata metadata) {
        for (String key : STRINGS) {
            metadata.string(key).ifPresent(value -> put(key, value));
        }
        for (String key : STRING_ARRAYS) {
            metadata.strings(key).ifPresent(values -> {
                put(key);
                put(values.size());
                values.forEach(this::put);
            });
        }
        metadata.integers(PREFIX + "token_type").ifPresent(values -> {
            put(PREFIX + "token_type");
            put(values.length);
            Arrays.stream(values).forEach(this::put);
        });
        metadata.floats(PREFIX + "scores").ifPresent(values -> {
            put(PREFIX + "scores");
            put(values.length);
            for (float value : values) {
                put(Float.floatToIntBits(value));
            }
        });
        for (String key : FLAGS) {
            metadata.bool(key).ifPresent(value -> put(key, value.toString()));
        }
        for (String key : IDS) {
            metadata.integer(key).ifPresent(value -> put(key, Long.toString(value)));
        }
    }

    private void put(String... texts) {
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            put(bytes.length);
            digest.update(bytes);
        }
    }

    private void put(int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }
}
