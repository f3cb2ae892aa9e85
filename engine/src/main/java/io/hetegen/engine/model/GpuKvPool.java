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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Copies of KV caches in the GPU's memory, for the layers that may run there. The host's caches stay complete, so that
 * nothing is lost with the GPU; what a copy lacks, because a pass stored it in the host's only, is brought from there.
 *
 * <p>The pool has so many pages for each layer. A sequence has pages of the same numbers in all of them, and keeps them
 * until its cache is closed or a sequence that came before it needs more.
 */
final class GpuKvPool implements AutoCloseable {

    /** Most bytes on their way to it before the host waits. */
    static final long STAGING_BYTES = 4L << 20;

    private final KvType type;
    private final int pages;
    private final long pageBytes;
    private final int[] layers;
    final DeviceBuffer memory;
    private final MappedBuffer staging;
    private final Deque<Integer> free = new ArrayDeque<>();

    /** In the order in which they came. */
    private final Map<PagedKvCache, Copy> copies = new LinkedHashMap<>();

    /** Of one sequence. */
    private static final class Copy {
        /** Numbers of its pages. */
        final List<Integer> pages = new ArrayList<>();

        /** So many of them for the pass. */
        int needed;

        /** By index of layer: positions below are as in the host's cache. */
        final int[] filled;

        Copy(int layers) {
            filled = new int[layers];
        }
    }

    /** @param layers their numbers in the model; they are known by their index here */
    GpuKvPool(CudaDevice device, ModelConfig config, KvType type, List<Integer> layers, int pages, long stagingBytes) {
        this.type = type;
        this.pages = pages;
        this.pageBytes = pageBytes(config, type);
        this.layers = layers.stream().mapToInt(layer -> layer).toArray();
        for (int page = 0; page < pages; page++) {
            free.add(page);
        }
        staging = device.map(Math.max(1, stagingBytes / pageBytes) * pageBytes);
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
        copies.values().forEach(copy -> copy.needed = copy.pages.size());
        for (Batch.Part part : batch.parts()) {
            Copy copy = copies.computeIfAbsent(part.cache(), cache -> new Copy(layers.length));
            int pagesOfPart = (part.firstPosition() + part.tokens() - 1) / KvPage.POSITIONS + 1;
            copy.needed = Math.max(copy.needed, pagesOfPart);
            Arrays.setAll(copy.filled, index -> Math.min(copy.filled[index], part.firstPosition()));
        }
    }

    private Copy copy(Batch.Part part) {
        return Objects.requireNonNull(copies.get(part.cache()));
    }

    /** Pages of a layer that the pass needs for the first so many sequences, and for what others of them have. */
    int needed(int sequences) {
        return copies.values().stream()
                .limit(sequences)
                .mapToInt(copy -> copy.needed)
                .sum();
    }

    /**
     * Takes pages for all tokens of the pass, and returns the parts for which there are enough. Who came first goes
     * first: others give theirs back.
     */
    List<Batch.Part> reserve(Batch batch) {
        int left = pages;
        Set<Copy> fitting = new HashSet<>();
        for (Copy copy : copies.values()) {
            if (copy.needed <= left) {
                left -= copy.needed;
                fitting.add(copy);
            } else {
                free.addAll(copy.pages);
                copy.pages.clear();
                Arrays.fill(copy.filled, 0);
            }
        }
        List<Batch.Part> parts = batch.parts().stream()
                .filter(part -> fitting.contains(copy(part)))
                .toList();
        for (Batch.Part part : parts) {
            Copy copy = copy(part);
            while (copy.pages.size() < copy.needed) {
                copy.pages.add(free.remove());
            }
        }
        return parts;
    }

    /** Brings from the host what the copies of a layer lack of the positions before the pass. */
    void fill(int index, List<Batch.Part> parts, CudaStream stream) {
        int staged = 0;
        for (Batch.Part part : parts) {
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
    void filled(int index, List<Batch.Part> parts) {
        for (Batch.Part part : parts) {
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

    /** In {@link #memory}. */
    long offset(int index, int page) {
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
