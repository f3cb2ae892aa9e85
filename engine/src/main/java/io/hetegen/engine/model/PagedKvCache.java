package io.hetegen.engine.model;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.tensor.KvPage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Keys and values of one sequence in pages that are added as it grows: the pages of all layers for the same positions
 * lie in one piece of memory outside the Java heap, which the close gives back.
 */
final class PagedKvCache implements KvCache {

    private final CausalLm model;
    private final KvType type;
    private final int numKeyValueHeads;
    private final int headDim;
    private final List<List<KvPage>> layers = new ArrayList<>();
    private final List<HostMemory> memory = new ArrayList<>();
    private int length;
    private boolean closed;

    /** @param model the only one whose passes may use it */
    PagedKvCache(CausalLm model, KvType type) {
        ModelConfig config = model.config();
        this.model = model;
        this.type = type;
        this.numKeyValueHeads = config.numKeyValueHeads();
        this.headDim = config.headDim();
        for (int layer = 0; layer < config.numLayers(); layer++) {
            layers.add(new ArrayList<>());
        }
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public long bytes() {
        return memory.size() * layers.size() * pageBytes();
    }

    @Override
    public void close() {
        closed = true;
        layers.forEach(List::clear);
        memory.forEach(HostMemory::close);
        memory.clear();
    }

    boolean isClosed() {
        return closed;
    }

    boolean isOf(CausalLm other) {
        return model == other;
    }

    /** Makes room for positions below {@code end} in every layer. */
    void reserve(int end) {
        if (closed) {
            throw new IllegalStateException("the KV cache is closed");
        }
        int pageBytes = Math.toIntExact(pageBytes());
        while (memory.size() * KvPage.POSITIONS < end) {
            HostMemory pages = HostMemory.allocate(
                    Math.addExact(Math.multiplyExact(layers.size(), pageBytes), KvPage.BYTES_BEHIND));
            memory.add(pages);
            for (int layer = 0; layer < layers.size(); layer++) {
                layers.get(layer).add(new KvPage(type, numKeyValueHeads, headDim, pages, layer * pageBytes));
            }
        }
    }

    private long pageBytes() {
        return KvPage.bytes(type, numKeyValueHeads, headDim);
    }

    List<KvPage> pages(int layer) {
        return Collections.unmodifiableList(layers.get(layer));
    }

    void put(int layer, int position, float[] keys, int keyOffset, float[] values, int valueOffset) {
        KvPage page = layers.get(layer).get(position / KvPage.POSITIONS);
        page.put(position % KvPage.POSITIONS, numKeyValueHeads, keys, keyOffset, values, valueOffset);
    }

    void advance(int tokens) {
        length += tokens;
    }
}
