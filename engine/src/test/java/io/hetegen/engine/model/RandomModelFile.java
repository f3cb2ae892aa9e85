package io.hetegen.engine.model;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tokenizer.FakeModelFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** A LLaMA of random weights in memory: small enough for a unit test, odd enough in its sizes to find mistakes. */
public final class RandomModelFile implements ModelFile {

    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;

    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, byte[]> bytes = new HashMap<>();
    private final Map<String, Object> metadata = new HashMap<>();
    private final SplittableRandom random;
    private long offset;

    private RandomModelFile(DType dtype, int vocabularySize, int numLayers, int headDim, int intermediate, long seed) {
        random = new SplittableRandom(seed);
        int hidden = 64;
        metadata.put("general.architecture", "llama");
        metadata.put("llama.block_count", (long) numLayers);
        metadata.put("llama.embedding_length", (long) hidden);
        metadata.put("llama.feed_forward_length", (long) intermediate);
        metadata.put("llama.attention.head_count", (long) HEADS);
        metadata.put("llama.attention.head_count_kv", (long) KEY_VALUE_HEADS);
        metadata.put("llama.attention.key_length", (long) headDim);
        metadata.put("llama.attention.value_length", (long) headDim);
        metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5);
        metadata.put("llama.rope.dimension_count", (long) headDim);
        metadata.put("llama.context_length", 512L);
        tensor("token_embd.weight", dtype, vocabularySize, hidden);
        tensor("output_norm.weight", DType.F32, 1, hidden);
        tensor("output.weight", dtype, vocabularySize, hidden);
        for (int layer = 0; layer < numLayers; layer++) {
            String prefix = "blk." + layer + ".";
            tensor(prefix + "attn_norm.weight", DType.F32, 1, hidden);
            tensor(prefix + "attn_q.weight", dtype, HEADS * headDim, hidden);
            tensor(prefix + "attn_k.weight", dtype, KEY_VALUE_HEADS * headDim, hidden);
            tensor(prefix + "attn_v.weight", dtype, KEY_VALUE_HEADS * headDim, hidden);
            tensor(prefix + "attn_output.weight", dtype, hidden, HEADS * headDim);
            tensor(prefix + "ffn_norm.weight", DType.F32, 1, hidden);
            tensor(prefix + "ffn_gate.weight", dtype, intermediate, hidden);
            tensor(prefix + "ffn_up.weight", dtype, intermediate, hidden);
            tensor(prefix + "ffn_down.weight", dtype, hidden, intermediate);
        }
    }

    /** Two layers, hidden size 64, context 512. */
    public static RandomModelFile of(DType dtype, int vocabularySize, long seed) {
        return new RandomModelFile(dtype, vocabularySize, 2, 24, 544, seed);
    }

    /** Rotates only some of a head's elements, at scaled positions and with divided frequencies. */
    public RandomModelFile withRope(int dimensions, double linearFactor, float... divisors) {
        metadata.put("llama.rope.dimension_count", (long) dimensions);
        metadata.put("llama.rope.scaling.type", "linear");
        metadata.put("llama.rope.scaling.factor", linearFactor);
        tensor("rope_freqs.weight", DType.F32, 1, dimensions / 2);
        ByteBuffer.wrap(bytes("rope_freqs.weight"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(divisors);
        return this;
    }

    private void tensor(String name, DType dtype, int rows, int columns) {
        TensorInfo tensor = new TensorInfo(name, dtype, rows, columns, offset);
        offset += tensor.bytes();
        tensors.put(name, tensor);
        bytes.put(name, RandomWeights.bytes(dtype, rows, columns, random));
    }

    /** The tensor's bytes, to be changed by tests that need a broken model. */
    public byte[] bytes(String tensor) {
        return Objects.requireNonNull(bytes.get(tensor), tensor);
    }

    @Override
    public Path path() {
        return Path.of("random.gguf");
    }

    @Override
    public ModelMetadata metadata() {
        return new FakeModelFile("random.gguf", metadata);
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public void read(TensorInfo tensor, long position, ByteBuffer target) {
        target.put(bytes(tensor.name()), Math.toIntExact(position), target.remaining());
    }

    @Override
    public void close() {}
}
