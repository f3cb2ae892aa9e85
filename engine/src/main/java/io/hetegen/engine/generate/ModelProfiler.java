package io.hetegen.engine.generate;

import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.device.cuda.DeviceProbe;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import java.util.Optional;

/** Loads a model for nothing but measuring it on this machine. */
public final class ModelProfiler {

    private static final int GPU = 0;

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
            if (how.gpuBytes() == 0) {
                return model.profile(shape, Optional.empty(), how).withRemark("Only the CPU was measured, as asked.");
            }
            DeviceProbe probe = CudaDriver.probe(GPU);
            Optional<CudaDevice> device = CudaDriver.open(GPU, Long.MAX_VALUE);
            Profile profile = model.profile(shape, device, how);
            return device.isPresent()
                    ? profile
                    : profile.withRemark("Only the CPU was measured: GPU " + GPU + " is " + probe.text());
        }
    }
}
