package io.hetegen.engine.model;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.kernel.CudaAttention;
import io.hetegen.engine.kernel.CudaAttention.Heads;
import io.hetegen.engine.kernel.CudaOperations;
import io.hetegen.engine.tensor.KvPage;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;

/**
 * Device memory of the activations of layers on the GPU, all [token][element], and the mapped memory of the host through
 * which they come and go. Methods that are named like the fields of {@link Workspace} give the device's addresses.
 */
final class GpuWorkspace implements AutoCloseable {

    private static final int ALIGNMENT = 256;

    /** For the keys and values that the host gets back: where a pass is larger, it waits in between. */
    private static final long ROWS_BYTES = 64L << 20;

    private final CudaDevice device;
    private final ModelConfig config;
    private final int maxTokens;

    /** Of {@link #memory} the end of each {@link Place}. */
    private final long[] ends;

    private final DeviceBuffer memory;
    private final MappedBuffer hostPages;
    /** Residual, angles, numbers of tokens; or the queries of a single layer, and what was attended in their place. */
    private final MappedBuffer hostInput;
    /** Of each layer of a run its keys, then its values. */
    private final MappedBuffer hostKeyValue;

    private MappedBuffer hostLogits;

    private int tokens;
    private int[] pageOffsets = new int[0];

    private enum Place {
        /** Residual, then angles, then numbers of tokens: what a run of layers starts from. */
        INPUT,
        PAGES,
        NORMED,
        QUERY,
        /** Keys, then values. */
        KEY_VALUE,
        ATTENDED,
        /** Gate, then up; before that the parts of attention. */
        EXPANDED
    }

    /** @param pages of the KV pool for a layer */
    GpuWorkspace(CudaDevice device, ModelConfig config, int layers, int pages, int maxTokens) {
        this.device = device;
        this.config = config;
        this.maxTokens = maxTokens;
        ends = ends(config, pages, maxTokens);
        hostPages = device.map(Math.max(1, bytes(pages, 1)));
        hostInput = device.map(Math.max(ends[Place.INPUT.ordinal()], bytes(maxTokens, config.querySize())));
        long ofLayer = 2 * bytes(maxTokens, config.keyValueSize());
        hostKeyValue = device.map(Math.max(ofLayer, Math.min(ROWS_BYTES, layers * ofLayer)));
        hostLogits = device.map(1);
        memory = device.allocate(bytes(config, pages, maxTokens));
    }

    static long bytes(ModelConfig config, int pages, int maxTokens) {
        long[] ends = ends(config, pages, maxTokens);
        return ends[ends.length - 1];
    }

    private static long[] ends(ModelConfig config, int pages, int tokens) {
        long[] ends = new long[Place.values().length];
        long end = 0;
        for (Place place : Place.values()) {
            long bytes = bytes(place, config, pages, tokens);
            end += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            ends[place.ordinal()] = end;
        }
        return ends;
    }

    private static long bytes(Place place, ModelConfig config, int pages, int tokens) {
        return switch (place) {
            case INPUT -> bytes(tokens, config.hiddenSize() + config.rope().dimensions() + 1);
            case PAGES -> bytes(pages, 1);
            case NORMED -> bytes(tokens, config.hiddenSize());
            case QUERY, ATTENDED -> bytes(tokens, config.querySize());
            case KEY_VALUE -> 2 * bytes(tokens, config.keyValueSize());
            case EXPANDED ->
                Math.max(
                        (isGated(config) ? 2 : 1) * bytes(tokens, config.intermediateSize()),
                        CudaAttention.partialBytes(
                                heads(config), Math.min(pages * KvPage.POSITIONS, config.contextLength()) - 1));
        };
    }

    private static boolean isGated(ModelConfig config) {
        return config.family().mlp() == Family.MlpKind.SWIGLU;
    }

    private static long bytes(int tokens, int size) {
        return (long) Float.BYTES * tokens * size;
    }

    /** So many have room in pieces of mapped memory. */
    static int mostTokens(ModelConfig config) {
        int ofInput = Math.max(config.hiddenSize() + config.rope().dimensions() + 1, config.querySize());
        long most = bytes(1, Math.max(ofInput, 2 * config.keyValueSize())) + ALIGNMENT;
        return Math.toIntExact(MappedBuffer.MAX_BYTES / most);
    }

    Heads heads() {
        return heads(config);
    }

    private static Heads heads(ModelConfig config) {
        return new Heads(config.numHeads(), config.numKeyValueHeads(), config.headDim());
    }

    /** So many layers of a pass have room for their keys and values on the way back. */
    int mostLayers(int tokensOfPass) {
        return (int)
                Math.min(Integer.MAX_VALUE, hostKeyValue.bytes() / (2 * bytes(tokensOfPass, config.keyValueSize())));
    }

    boolean hasRoomFor(int tokensOfPass) {
        return tokensOfPass <= maxTokens;
    }

    /** A pass begins: enqueues the way in of what all its layers need, for these parts of it. Called while no kernel runs. */
    void begin(int tokensOfPass, List<Batch.Part> parts, GpuKvPool kv, CudaOperations kernels) {
        tokens = tokensOfPass;
        IntBuffer numbers = hostPages.view().asIntBuffer();
        pageOffsets = new int[parts.size()];
        for (int part = 0; part < pageOffsets.length; part++) {
            pageOffsets[part] = numbers.position();
            kv.pages(parts.get(part)).forEach(numbers::put);
        }
        kernels.copy(hostPages.deviceAddress(0), at(Place.PAGES, 0), numbers.position());
    }

    /** Enqueues the way in for a run of layers. Called while no kernel runs. */
    void upload(float[] residual, Batch batch, RotaryEmbedding rope, CudaOperations kernels) {
        FloatBuffer floats = hostInput.view().asFloatBuffer();
        IntBuffer integers = hostInput.view().asIntBuffer();
        floats.put(residual, 0, tokens * config.hiddenSize());
        for (int token = 0; token < tokens; token++) {
            rope.copyAngles(batch.position(token), floats);
        }
        integers.position(floats.position());
        for (int token = 0; token < tokens; token++) {
            integers.put(token);
        }
        kernels.copy(hostInput.deviceAddress(0), at(Place.INPUT, 0), integers.position());
    }

    /** Enqueues the residual's way back. */
    void downloadResidual(CudaOperations kernels) {
        kernels.copy(residual(), hostInput.deviceAddress(0), tokens * config.hiddenSize());
    }

    /** Called once what was enqueued is done. */
    void getResidual(float[] target) {
        hostInput.view().asFloatBuffer().get(target, 0, tokens * config.hiddenSize());
    }

    /** Enqueues the way back of a layer's keys and values. */
    void downloadKeyValue(int indexInRun, CudaOperations kernels) {
        int count = 2 * tokens * config.keyValueSize();
        kernels.copy(key(), hostKeyValue.deviceAddress((long) indexInRun * count * Float.BYTES), count);
    }

    /** Called once what was enqueued is done. */
    void getKeyValue(int indexInRun, float[] keys, float[] values) {
        int count = tokens * config.keyValueSize();
        FloatBuffer rows = hostKeyValue.view().asFloatBuffer().position(2 * indexInRun * count);
        rows.get(keys, 0, count).get(values, 0, count);
    }

    /** Enqueues the way in for the attention of a single layer. Called while no kernel runs. */
    void upload(float[] queries, float[] keys, float[] values, CudaOperations kernels) {
        int count = tokens * config.querySize();
        hostInput.view().asFloatBuffer().put(queries, 0, count);
        int keyCount = tokens * config.keyValueSize();
        hostKeyValue.view().asFloatBuffer().put(keys, 0, keyCount).put(values, 0, keyCount);
        kernels.copy(hostInput.deviceAddress(0), query(), count);
    }

    /** Keys of a single layer, in host memory. */
    long hostKey() {
        return hostKeyValue.deviceAddress(0);
    }

    /** Values of a single layer, in host memory. */
    long hostValue() {
        return hostKeyValue.deviceAddress(bytes(tokens, config.keyValueSize()));
    }

    /** Attended values of a single layer, in host memory. */
    long hostAttended() {
        return hostInput.deviceAddress(0);
    }

    /** Of some parts of the batch. Called once what was enqueued is done. */
    void getAttended(List<Batch.Part> parts, float[] target) {
        int size = config.querySize();
        FloatBuffer rows = hostInput.view().asFloatBuffer();
        for (Batch.Part part : parts) {
            int from = part.firstToken() * size;
            rows.position(from).get(target, from, part.tokens() * size);
        }
    }

    /** Where the output matrix writes the logits of so many tokens. Called while no kernel runs. */
    void makeRoomForLogits(int tokensWanted) {
        long bytes = logitsBytes(tokensWanted);
        if (hostLogits.bytes() < bytes) {
            hostLogits.close();
            hostLogits = device.map(bytes);
        }
    }

    boolean hasRoomForLogits(int tokensWanted) {
        return logitsBytes(tokensWanted) <= MappedBuffer.MAX_BYTES;
    }

    private long logitsBytes(int tokensWanted) {
        return bytes(tokensWanted, config.vocabularySize());
    }

    /** Called once what was enqueued is done. */
    void getLogits(int tokensWanted, float[] target) {
        hostLogits.view().asFloatBuffer().get(target, 0, tokensWanted * config.vocabularySize());
    }

    private long at(Place place, long offset) {
        return memory.address((place == Place.INPUT ? 0 : ends[place.ordinal() - 1]) + offset);
    }

    long residual() {
        return residual(0);
    }

    /** From a token of the batch on. */
    long residual(int token) {
        return at(Place.INPUT, bytes(token, config.hiddenSize()));
    }

    /** [token][pair] of cosine and sine. */
    long angles() {
        return residual(tokens);
    }

    /** 0, 1, 2 ...: which of the angles are a token's. */
    long tokenNumbers() {
        return at(Place.INPUT, bytes(tokens, config.hiddenSize() + config.rope().dimensions()));
    }

    /** Numbers of the pages of one of the parts. */
    long pages(int part) {
        return at(Place.PAGES, (long) Integer.BYTES * pageOffsets[part]);
    }

    long normed() {
        return normed(0);
    }

    /** From a token on. */
    long normed(int token) {
        return at(Place.NORMED, bytes(token, config.hiddenSize()));
    }

    /** In place of {@link #normed}: a layer reads what it normed before it writes what it adds. */
    long delta() {
        return normed();
    }

    long query() {
        return at(Place.QUERY, 0);
    }

    long key() {
        return at(Place.KEY_VALUE, 0);
    }

    long value() {
        return at(Place.KEY_VALUE, bytes(tokens, config.keyValueSize()));
    }

    long attended() {
        return at(Place.ATTENDED, 0);
    }

    /** For attention before it is merged: in place of {@link #gate} and {@link #up}, which come later. */
    long partial() {
        return at(Place.EXPANDED, 0);
    }

    long partialBytes() {
        return memory.bytes() - ends[Place.EXPANDED.ordinal() - 1];
    }

    long gate() {
        return at(Place.EXPANDED, 0);
    }

    /** Behind the gate where there is one. */
    long up() {
        return at(Place.EXPANDED, isGated(config) ? bytes(tokens, config.intermediateSize()) : 0);
    }

    /** In place of {@link #gate}, or of {@link #up} where there is none. */
    long activated() {
        return at(Place.EXPANDED, 0);
    }

    /** In host memory. */
    long logits() {
        return hostLogits.deviceAddress(0);
    }

    /** Called while no kernel runs. */
    @Override
    public void close() {
        memory.close();
        List.of(hostPages, hostInput, hostKeyValue, hostLogits).forEach(MappedBuffer::close);
    }
}
