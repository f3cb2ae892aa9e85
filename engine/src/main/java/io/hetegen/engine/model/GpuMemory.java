package io.hetegen.engine.model;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.linear.DeviceReserve;
import io.hetegen.engine.linear.GpuPlan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What layers on the GPU need of its memory beside their weights: vectors, activations and copies of KV caches. */
final class GpuMemory implements DeviceReserve {

    private final CudaDevice device;
    private final ModelConfig config;
    private final KvType kvType;
    private final List<Integer> layers;
    private final List<float[]> vectors;
    /** Of the pool for a layer, as planned for so many sequences. */
    private final int pages;

    private final int sequences;
    private final int maxTokens;
    /** How to give back what was taken. */
    private final List<Runnable> taken = new ArrayList<>();

    private @Nullable Contents contents;
    private int wanted;

    /** @param vectors of the plan's layers and of the output */
    GpuMemory(CudaDevice device, ModelConfig config, KvType kvType, List<float[]> vectors, GpuPlan plan) {
        this.device = device;
        this.config = config;
        this.kvType = kvType;
        this.layers = plan.layers();
        this.vectors = List.copyOf(vectors);
        this.maxTokens = Math.min(plan.maxTokens(), GpuWorkspace.mostTokens(config));
        this.sequences = plan.sequences();
        this.pages = layers.isEmpty()
                ? 0
                : Math.toIntExact(plan.kvBytes() / GpuKvPool.bytes(config, kvType, layers.size(), 1));
        this.wanted = pages;
    }

    /** @param stream for copies */
    record Contents(DeviceVectors vectors, GpuWorkspace work, GpuKvPool kv, CudaStream stream) {}

    /** Null while it is not taken. */
    @Nullable
    Contents contents() {
        return contents;
    }

    @Override
    public String purpose() {
        return "whole layers";
    }

    /** A pass comes: for the sequences that were planned for there shall be memory, however long they become. */
    void want(Batch batch) {
        if (contents == null || batch.tokens() > maxTokens) {
            return;
        }
        contents.kv().begin(batch);
        int needed = contents.kv().needed(sequences);
        // All copies are brought anew then: not for a few pages.
        int step = Math.max(pages / sequences, pages / 4) + 1;
        wanted = pages + Math.max(0, needed - pages + step - 1) / step * step;
    }

    @Override
    public long bytes(long most) {
        return bytesOf(pages(most));
    }

    /** Of the pool for a layer: as wanted, else as planned, else none. */
    private int pages(long most) {
        if (pages == 0 || bytesOf(pages) > most) {
            return 0;
        }
        return bytesOf(wanted) <= most ? wanted : pages;
    }

    private long bytesOf(int pagesOfLayer) {
        return pagesOfLayer == 0
                ? 0
                : DeviceVectors.bytes(vectors)
                        + GpuWorkspace.bytes(config, pagesOfLayer, maxTokens)
                        + GpuKvPool.bytes(config, kvType, layers.size(), pagesOfLayer);
    }

    @Override
    public void take(long most) {
        int taking = pages(most);
        CudaStream stream = device.stream();
        taken.add(stream::close);
        DeviceVectors deviceVectors = new DeviceVectors(device, stream, vectors);
        taken.add(deviceVectors::close);
        GpuWorkspace work = new GpuWorkspace(device, config, layers.size(), taking, maxTokens);
        taken.add(work::close);
        GpuKvPool kv = new GpuKvPool(device, config, kvType, layers, taking, GpuKvPool.STAGING_BYTES);
        taken.add(kv::close);
        contents = new Contents(deviceVectors, work, kv, stream);
    }

    @Override
    public void giveBack() {
        contents = null;
        taken.forEach(Runnable::run);
        taken.clear();
    }
}
