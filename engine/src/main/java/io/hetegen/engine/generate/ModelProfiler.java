package io.hetegen.engine.generate;

import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.device.cuda.DeviceProbe;
import io.hetegen.engine.device.cuda.DeviceProperties;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.linear.LinearProfiler;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.profile.ProfileKey;
import java.util.Optional;

/** Loads a model for nothing but measuring it on this machine. */
public final class ModelProfiler {

    private ModelProfiler() {}

    /**
     * @param threads that compute
     * @return of the CPU alone, with a remark that says why, if there is no GPU or it fails
     * @throws ModelException if the model cannot be loaded
     */
    public static Profile measure(ModelFile file, int threads, Profiling how) {
        ModelConfig config = ModelConfigReader.read(file);
        ModelShape shape = ModelShapeReader.read(file, config);
        try (ThreadTeam team = new ThreadTeam(threads);
                CausalLm model = ModelLoader.load(file, config, team, KvType.F16)) {
            return measure(model, shape, how);
        }
    }

    /** As {@link #measure(ModelFile, int, Profiling)}, of a model that is loaded. */
    public static Profile measure(CausalLm model, ModelShape shape, Profiling how) {
        if (how.gpuBytes() == 0) {
            return onCpu(model, shape, how, ", as asked.");
        }
        DeviceProbe probe = CudaDriver.probe(GpuOpening.ORDINAL);
        if (probe.device().isEmpty()) {
            return onCpu(model, shape, how, ": GPU " + GpuOpening.ORDINAL + " is " + probe.text());
        }
        try {
            CudaDevice device = CudaDriver.open(probe.device().get(), Long.MAX_VALUE);
            return model.profile(shape, Optional.of(device), how);
        } catch (DeviceException e) {
            return onCpu(model, shape, how, ": " + e.getMessage());
        }
    }

    /** Of what {@link #measure} measures now with all that there is. */
    public static ProfileKey key(ModelShape model, int threads) {
        return key(model, threads, CudaDriver.probe(GpuOpening.ORDINAL).device());
    }

    static ProfileKey key(ModelShape model, int threads, Optional<DeviceProperties> gpu) {
        return new ProfileKey(model.fingerprint(), threads, LinearProfiler.machine(gpu));
    }

    private static Profile onCpu(CausalLm model, ModelShape shape, Profiling how, String reason) {
        return model.profile(shape, Optional.empty(), how).withRemark("Only the CPU was measured" + reason);
    }
}
