package io.hetegen.engine.profile;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a profile belongs to: measured with another of these, its numbers are others.
 *
 * @param model fingerprint of the model's sizes
 * @param threads of the team
 * @param machine {@link Profile#machine}
 */
public record ProfileKey(String model, int threads, String machine) {

    private static final int NAME_BYTES = 16;

    /** Another one for another key or another version of profiles. */
    String fileName() {
        try {
            String text = String.join("\n", String.valueOf(Profile.VERSION), model, String.valueOf(threads), machine);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "profile-" + HexFormat.of().formatHex(Arrays.copyOf(digest, NAME_BYTES)) + ".json";
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
