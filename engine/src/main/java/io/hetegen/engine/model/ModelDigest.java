package io.hetegen.engine.model;

import io.hetegen.engine.format.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.SortedMap;
import java.util.TreeMap;

/** SHA-256 over a model's configuration and, in the order of their names, its tensors: what the arithmetic reads. */
final class ModelDigest {

    private final SortedMap<String, byte[]> tensors = new TreeMap<>();

    /** A digest for the bytes of one tensor. */
    static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    void add(TensorInfo tensor, MessageDigest bytes) {
        MessageDigest digest = start();
        putString(digest, tensor.dtype().name());
        putLong(digest, tensor.rows());
        putLong(digest, tensor.columns());
        digest.update(bytes.digest());
        tensors.put(tensor.name(), digest.digest());
    }

    byte[] of(ModelConfig config) {
        MessageDigest digest = start();
        Family family = config.family();
        putString(digest, family.architecture());
        putString(digest, family.norm().name());
        putString(digest, family.positions().name());
        putString(digest, family.mlp().name());
        putString(digest, family.biases().name());
        putLong(digest, family.headNorms() ? 1 : 0);
        putLong(digest, config.numLayers());
        putLong(digest, config.hiddenSize());
        putLong(digest, config.intermediateSize());
        putLong(digest, config.numHeads());
        putLong(digest, config.numKeyValueHeads());
        putLong(digest, config.headDim());
        putLong(digest, config.vocabularySize());
        putLong(digest, config.contextLength());
        putLong(digest, Float.floatToIntBits(config.normEps()));
        putLong(digest, Double.doubleToLongBits(config.rope().theta()));
        putLong(digest, config.rope().dimensions());
        putLong(digest, Double.doubleToLongBits(config.rope().linearFactor()));
        putLong(digest, config.tiedEmbedding() ? 1 : 0);
        tensors.forEach((name, tensor) -> {
            putString(digest, name);
            digest.update(tensor);
        });
        return digest.digest();
    }

    private static void putString(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        putLong(digest, bytes.length);
        digest.update(bytes);
    }

    private static void putLong(MessageDigest digest, long value) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }
}
