package io.hetegen.engine.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs forward passes on three resources: the stages one after another on CPU and GPU, the copies of all streamed slices
 * in one queue that runs ahead of the stages as far as the ring in GPU memory lets it. CPU and copies share the memory
 * bus: where their reads exceed it, both slow down alike.
 */
final class Simulation {

    private final List<List<Stage>> passes;
    private final double ringBytes;
    private final double busBytesPerSecond;
    private final Consumer<Span> recorder;

    private double time;
    private final double[] busy = new double[Lane.values().length];

    // The copy queue: the slice that is under way, how many were copied and used up in all, and what they hold.
    private int copyPass;
    private int copyStage;
    private int copySlice;
    private double copyLeft;
    private double copyStart;
    private boolean copying;
    private long copied;
    private long used;
    private double ringUsed;
    private double ringPeak;

    private Simulation(List<List<Stage>> passes, double ringBytes, double busBytesPerSecond, Consumer<Span> recorder) {
        this.passes = passes;
        this.ringBytes = ringBytes;
        this.busBytesPerSecond = busBytesPerSecond;
        this.recorder = recorder;
    }

    /**
     * What came of it.
     *
     * @param ends of the passes, in seconds from the start
     * @param busy seconds of each lane, by its ordinal
     * @param ringPeak most bytes that lay in the ring at once
     */
    record Result(double[] ends, double[] busy, double ringPeak) {

        double seconds() {
            return ends[ends.length - 1];
        }

        double busySeconds(Lane lane) {
            return busy[lane.ordinal()];
        }
    }

    /** @throws IllegalArgumentException if a slice does not fit the ring, which would wait for ever */
    static Result run(List<List<Stage>> passes, double ringBytes, double busBytesPerSecond) {
        return run(passes, ringBytes, busBytesPerSecond, span -> {});
    }

    /** @param recorder is told of each piece of work when it ends */
    static Result run(List<List<Stage>> passes, double ringBytes, double busBytesPerSecond, Consumer<Span> recorder) {
        Simulation simulation = new Simulation(passes, ringBytes, busBytesPerSecond, recorder);
        double[] ends = new double[passes.size()];
        for (int pass = 0; pass < ends.length; pass++) {
            for (Stage stage : passes.get(pass)) {
                simulation.run(stage);
            }
            ends[pass] = simulation.time;
        }
        return new Result(ends, simulation.busy, simulation.ringPeak);
    }

    /** The same pass again and again. */
    static List<List<Stage>> repeated(List<Stage> pass, int times) {
        List<List<Stage>> passes = new ArrayList<>(times);
        for (int i = 0; i < times; i++) {
            passes.add(pass);
        }
        return passes;
    }

    private void run(Stage stage) {
        double start = time;
        double cpuLeft = stage.cpuSeconds();
        double gpuLeft = stage.gpuSeconds();
        double gpuStart = time;
        int slicesLeft = stage.slices();
        boolean sliceRuns = false;
        while (true) {
            if (gpuLeft <= 0 && !sliceRuns && slicesLeft > 0 && copied > used) {
                gpuLeft = stage.sliceGpuSeconds();
                gpuStart = time;
                sliceRuns = true;
            }
            boolean gpuRuns = gpuLeft > 0 || sliceRuns;
            if (cpuLeft <= 0 && !gpuRuns && slicesLeft == 0) {
                break;
            }
            startCopy();
            double rate = sharedRate(stage, cpuLeft > 0);
            double step = Double.POSITIVE_INFINITY;
            if (cpuLeft > 0) {
                step = cpuLeft / rate;
            }
            if (gpuRuns) {
                step = Math.min(step, gpuLeft);
            }
            if (copying) {
                step = Math.min(step, copyLeft / rate);
            }
            if (step == Double.POSITIVE_INFINITY) {
                throw new IllegalStateException("stage " + stage.label() + " waits for a slice that never comes");
            }
            time += step;
            advanceCopy(step * rate);
            if (cpuLeft > 0) {
                cpuLeft = rest(cpuLeft, step * rate);
                if (cpuLeft == 0) {
                    record(Lane.CPU, stage.label(), start);
                }
            }
            if (gpuRuns) {
                gpuLeft = rest(gpuLeft, step);
                if (gpuLeft == 0) {
                    record(Lane.GPU, stage.label(), gpuStart);
                    if (sliceRuns) {
                        sliceRuns = false;
                        slicesLeft--;
                        used++;
                        ringUsed -= stage.sliceBytes();
                    }
                }
            }
        }
        pass(stage.joinSeconds());
    }

    /** Time in which only the copies go on. */
    private void pass(double seconds) {
        double left = seconds;
        while (left > 0) {
            startCopy();
            double step = copying ? Math.min(left, copyLeft) : left;
            time += step;
            left = rest(left, step);
            advanceCopy(step);
        }
    }

    /** What is left of work whose end an event was computed for is exactly nothing. */
    private static double rest(double left, double done) {
        double rest = left - done;
        return rest > left * 1e-12 ? rest : 0;
    }

    private double sharedRate(Stage stage, boolean cpuRuns) {
        if (!copying || !cpuRuns || stage.cpuBytes() == 0) {
            return 1;
        }
        Stage source = passes.get(copyPass).get(copyStage);
        double demand = stage.cpuBytes() / stage.cpuSeconds() + source.sliceBytes() / source.sliceCopySeconds();
        return Math.min(1, busBytesPerSecond / demand);
    }

    private void startCopy() {
        if (copying || !seekSlice()) {
            return;
        }
        Stage source = passes.get(copyPass).get(copyStage);
        if (source.sliceBytes() > ringBytes) {
            throw new IllegalArgumentException(
                    "a slice of " + source.sliceBytes() + " bytes does not fit the ring of " + ringBytes);
        }
        if (ringUsed + source.sliceBytes() > ringBytes * (1 + 1e-9)) {
            return;
        }
        ringUsed += source.sliceBytes();
        ringPeak = Math.max(ringPeak, ringUsed);
        copyLeft = source.sliceCopySeconds();
        copyStart = time;
        copying = true;
    }

    /** Moves to the next stage that has a slice left to copy. */
    private boolean seekSlice() {
        while (copyPass < passes.size()) {
            List<Stage> stages = passes.get(copyPass);
            while (copyStage < stages.size()) {
                if (copySlice < stages.get(copyStage).slices()) {
                    return true;
                }
                copyStage++;
                copySlice = 0;
            }
            copyPass++;
            copyStage = 0;
        }
        return false;
    }

    private void advanceCopy(double done) {
        if (!copying) {
            return;
        }
        copyLeft = rest(copyLeft, done);
        if (copyLeft == 0) {
            record(Lane.COPY, passes.get(copyPass).get(copyStage).label(), copyStart);
            copying = false;
            copied++;
            copySlice++;
        }
    }

    private void record(Lane lane, String label, double from) {
        busy[lane.ordinal()] += time - from;
        recorder.accept(new Span(lane, label, from, time));
    }
}
