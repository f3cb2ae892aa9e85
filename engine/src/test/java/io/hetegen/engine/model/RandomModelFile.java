package io.hetegen.engine.model;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.ModelConfig.RopeConfig;
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

/** A model of random weights in memory: small enough for a unit test, odd enough in its sizes to find mistakes. */
public final class RandomModelFile implements ModelFile {

    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;

    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, byte[]> bytes = new HashMap<>();
    private final Map<String, Object> metadata = new HashMap<>();
    private final SplittableRandom random;
    private long offset;

    private RandomModelFile(Family family, DType dtype, int vocabularySize, int numLayers, long seed) {
        random = new SplittableRandom(seed);
        boolean superblocks = dtype.blockSize() > 32;
        int hidden = superblocks ? 256 : 64;
        int headDim = superblocks ? 64 : 24;
        int intermediate = superblocks ? 256 : 544;
        boolean tied = family.equals(Family.OPT);
        RopeConfig rope = family.isRotary() ? new RopeConfig(1e4, headDim, 1) : RopeConfig.NONE;
        ModelConfig config = new ModelConfig(
                family,
                numLayers,
                hidden,
                intermediate,
                HEADS,
                KEY_VALUE_HEADS,
                headDim,
                vocabularySize,
                512,
                1e-5f,
                rope,
                tied);
        metadata.put("general.architecture", family.architecture());
        key(family, "block_count", (long) numLayers);
        key(family, "embedding_length", (long) hidden);
        key(family, "feed_forward_length", (long) intermediate);
        key(family, "attention.head_count", (long) HEADS);
        key(family, "attention.head_count_kv", (long) KEY_VALUE_HEADS);
        key(family, "attention.key_length", (long) headDim);
        key(family, "attention.value_length", (long) headDim);
        key(family, family.norm().epsilonKey(), 1e-5);
        key(family, "context_length", (long) config.contextLength());
        TensorLayout.of(config)
                .forEach((name, layout) -> tensor(
                        name, layout.isVector() ? DType.F32 : dtype, (int) layout.rows(), (int) layout.columns()));
    }

    private void key(Family family, String name, Object value) {
        metadata.put(family.architecture() + "." + name, value);
    }

    /** Two LLaMA layers, hidden size 64 (256 for types with blocks of 256), context 512. */
    public static RandomModelFile of(DType dtype, int vocabularySize, long seed) {
        return of(Family.LLAMA, dtype, vocabularySize, seed);
    }

    /** Two layers, hidden size 64 (256 for types with blocks of 256), context 512. */
    public static RandomModelFile of(Family family, DType dtype, int vocabularySize, long seed) {
        return new RandomModelFile(family, dtype, vocabularySize, 2, seed);
    }

    /** Of so many layers; hidden size 64 (256 for types with blocks of 256), context 512. */
    static RandomModelFile of(Family family, DType dtype, int vocabularySize, int numLayers, long seed) {
        return new RandomModelFile(family, dtype, vocabularySize, numLayers, seed);
    }

    void rename(String tensor, String name) {
        TensorInfo old = remove(tensor);
        tensors.put(name, new TensorInfo(name, old.dtype(), old.rows(), old.columns(), old.offset()));
    }

    TensorInfo remove(String tensor) {
        return Objects.requireNonNull(tensors.remove(tensor), tensor);
    }

    /** An F32 tensor. */
    void add(String tensor, int rows, int columns) {
        tensor(tensor, DType.F32, rows, columns);
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
