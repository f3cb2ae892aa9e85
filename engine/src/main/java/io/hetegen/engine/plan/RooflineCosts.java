package io.hetegen.engine.plan;

import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.profile.HardwareDescription.Gpu;
import io.hetegen.engine.profile.HardwareDescription.Link;
import io.hetegen.engine.profile.LinearShape;
import org.jspecify.annotations.Nullable;

/** Costs from a description: work takes as long as its bytes or its operations, whichever takes longer. */
public final class RooflineCosts implements CostModel {

    private static final double GIGA = 1e9;
    private static final double MICRO = 1e-6;

    private final HardwareDescription hardware;
    private final int threads;
    private final double cpuBytes;
    private final double cpuShare;

    /** @param threads of the team, at most the machine's cores */
    public RooflineCosts(HardwareDescription hardware, int threads) {
        Cpu cpu = hardware.cpu();
        if (threads < 1 || threads > cpu.cores()) {
            throw new IllegalArgumentException("threads must be from 1 to the " + cpu.cores() + " cores of "
                    + hardware.name() + ", is " + threads);
        }
        this.hardware = hardware;
        this.threads = threads;
        this.cpuShare = (double) threads / cpu.cores();
        double readShare = Math.min(1, (double) threads / cpu.saturationCores());
        this.cpuBytes = GIGA * Math.min(cpu.readGBps() * readShare, cpu.busGBps());
    }

    @Override
    public String hardware() {
        return hardware.name();
    }

    @Override
    public int threads() {
        return threads;
    }

    @Override
    public int saturatingThreads() {
        return Math.min(threads, hardware.cpu().saturationCores());
    }

    @Override
    public boolean hasGpu() {
        return hardware.gpu() != null;
    }

    @Override
    public long gpuMemoryBytes() {
        return gpu().memoryBytes();
    }

    @Override
    public double cpuSeconds(LinearShape shape, int tokens, int tiles) {
        Cpu cpu = hardware.cpu();
        double rate = shape.dtype().isQuantized() ? cpu.int8Gops() : cpu.f32Gflops();
        return Math.max(tiles * shape.tileBytes() / cpuBytes, tokens * shape.flops(tiles) / (GIGA * rate * cpuShare));
    }

    @Override
    public double gpuSeconds(LinearShape shape, int tokens, int tiles) {
        double rate = shape.dtype().isQuantized() ? gpu().int8Gops() : gpu().f32Gflops();
        return Math.max(
                tiles * shape.tileBytes() / (GIGA * gpu().readGBps()), tokens * shape.flops(tiles) / (GIGA * rate));
    }

    @Override
    public double copySeconds(LinearShape shape, int tiles) {
        return uploadSeconds((double) tiles * shape.tileBytes());
    }

    @Override
    public double cpuTouchSeconds(double bytes) {
        return bytes / cpuBytes;
    }

    @Override
    public double gpuTouchSeconds(double bytes) {
        return bytes / (GIGA * gpu().readGBps());
    }

    @Override
    public double cpuAttentionSeconds(double kvBytes, double flops) {
        return Math.max(kvBytes / cpuBytes, flops / (GIGA * hardware.cpu().f32Gflops() * cpuShare));
    }

    @Override
    public double gpuAttentionSeconds(double kvBytes, double flops) {
        return Math.max(kvBytes / (GIGA * gpu().readGBps()), flops / (GIGA * gpu().f32Gflops()));
    }

    @Override
    public double uploadSeconds(double bytes) {
        return bytes / (GIGA * link().h2dGBps());
    }

    @Override
    public double downloadSeconds(double bytes) {
        return bytes / (GIGA * link().d2hGBps());
    }

    @Override
    public double latencySeconds() {
        return MICRO * link().latencyMicros();
    }

    @Override
    public double launchSeconds() {
        return MICRO * gpu().launchMicros();
    }

    @Override
    public double joinSeconds() {
        return MICRO * hardware.joinMicros();
    }

    @Override
    public double busBytesPerSecond() {
        return GIGA * hardware.cpu().busGBps();
    }

    private Gpu gpu() {
        return present(hardware.gpu());
    }

    private Link link() {
        return present(hardware.link());
    }

    private static <T> T present(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the machine has no GPU");
        }
        return part;
    }
}
