package io.hetegen.engine.model;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.tensor.KvPage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies of KV caches in the GPU's memory, for the layers that may run there. The host's caches stay complete, so that
 * nothing is lost with the GPU; what a copy lacks, because a pass stored it in the host's only, is brought from there.
 *
 * <p>The pool has so many pages for each layer. A sequence has pages of the same numbers in all of them, and keeps them
 * until its cache is closed.
 */
final class GpuKvPool implements AutoCloseable {

    private static final long STAGING_BYTES = 4L << 20;

    private final KvType type;
    private final int pages;
    private final long pageBytes;
    private final int[] layers;
    private final DeviceBuffer memory;
    private final MappedBuffer staging;
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<PagedKvCache, Copy> copies = new IdentityHashMap<>();

    /** Of one sequence. */
    private static final class Copy {
        /** Numbers of its pages. */
        final List<Integer> pages = new ArrayList<>();

        /** By index of layer: positions below are as in the host's cache. */
        final int[] filled;

        Copy(int layers) {
            filled = new int[layers];
        }
    }

    /** @param layers their numbers in the model; they are known by their index here */
    GpuKvPool(CudaDevice device, ModelConfig config, KvType type, List<Integer> layers, int pages) {
        this.type = type;
        this.pages = pages;
        this.pageBytes = pageBytes(config, type);
        this.layers = layers.stream().mapToInt(layer -> layer).toArray();
        for (int page = 0; page < pages; page++) {
            free.add(page);
        }
        staging = device.map(Math.max(1, STAGING_BYTES / pageBytes) * pageBytes);
        memory = device.allocate(bytes(config, type, layers.size(), pages));
    }

    static long bytes(ModelConfig config, KvType type, int layers, int pages) {
        return pageBytes(config, type) * layers * pages;
    }

    private static long pageBytes(ModelConfig config, KvType type) {
        return KvPage.bytes(type, config.numKeyValueHeads(), config.headDim());
    }

    /** A pass begins: pages of closed caches are free, and what it computes anew does not count as filled. */
    void begin(Batch batch) {
        copies.entrySet().removeIf(copy -> {
            if (copy.getKey().isClosed()) {
                free.addAll(copy.getValue().pages);
            }
            return copy.getKey().isClosed();
        });
        for (Batch.Part part : batch.parts()) {
            int[] filled = copy(part).filled;
            Arrays.setAll(filled, index -> Math.min(filled[index], part.firstPosition()));
        }
    }

    private Copy copy(Batch.Part part) {
        return copies.computeIfAbsent(part.cache(), cache -> new Copy(layers.length));
    }

    /** Takes pages for all tokens of the pass. False, and nothing is taken, if there are too few. */
    boolean reserve(Batch batch) {
        int lacking = batch.parts().stream().mapToInt(this::lacking).sum();
        if (lacking > free.size()) {
            return false;
        }
        for (Batch.Part part : batch.parts()) {
            for (int page = lacking(part); page > 0; page--) {
                copy(part).pages.add(free.remove());
            }
        }
        return true;
    }

    private int lacking(Batch.Part part) {
        int needed = (part.firstPosition() + part.tokens() - 1) / KvPage.POSITIONS + 1;
        return Math.max(0, needed - copy(part).pages.size());
    }

    /** Brings from the host what the copies of a layer lack of the positions before the pass. */
    void fill(int index, Batch batch, CudaStream stream) {
        int staged = 0;
        for (Batch.Part part : batch.parts()) {
            Copy copy = copy(part);
            int end = (part.firstPosition() + KvPage.POSITIONS - 1) / KvPage.POSITIONS;
            boolean isFilled = copy.filled[index] == part.firstPosition();
            for (int page = isFilled ? end : copy.filled[index] / KvPage.POSITIONS; page < end; page++) {
                if ((staged + 1) * pageBytes > staging.bytes()) {
                    stream.synchronize();
                    staged = 0;
                }
                KvPage source = part.cache().pages(layers[index]).get(page);
                long at = staged++ * pageBytes;
                staging.view().position(Math.toIntExact(at)).put(source.bytes());
                stream.copy(staging, at, memory, offset(index, copy.pages.get(page)), pageBytes);
            }
            copy.filled[index] = part.firstPosition();
        }
        if (staged > 0) {
            stream.synchronize();
        }
    }

    /** The pass has stored its keys and values of a layer here and in the host's caches. */
    void filled(int index, Batch batch) {
        for (Batch.Part part : batch.parts()) {
            copy(part).filled[index] = part.firstPosition() + part.tokens();
        }
    }

    KvType type() {
        return type;
    }

    /** The device's address of a layer's page 0. */
    long address(int index) {
        return memory.address(offset(index, 0));
    }

    private long offset(int index, int page) {
        return ((long) index * pages + page) * pageBytes;
    }

    /** Numbers of the pages of a sequence. */
    List<Integer> pages(Batch.Part part) {
        return copy(part).pages;
    }

    /** Called while no kernel runs. */
    @Override
    public void close() {
        memory.close();
        staging.close();
    }
}
