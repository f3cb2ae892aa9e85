package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.device.cuda.CudaModule;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kernel of every shipped text is found by the engine's loader, with the parameters of the host build. */
class KernelTextsITCase {

    private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

    @ParameterizedTest
    @CsvSource({"75, sm_75", "80, sm_80", "86, sm_80", "90, sm_80", "120, sm_80"})
    void everyTextLoads(int capability, String target) throws Exception {
        CudaDouble gpu = CudaDouble.start(HostKernels.build().library(), "mode=lazy capability=" + capability);
        List<String> names = Stream.concat(
                        Stream.of("operations", "fast"),
                        Stream.of(DType.values()).map(dtype -> dtype.name().toLowerCase(Locale.ROOT)))
                .toList();
        try (CudaDevice device = CudaDriver.open(0, 1 << 20).orElseThrow()) {
            for (String name : names) {
                List<String> entries = entries(name + "." + target + ".ptx");
                assertThat(entries).hasSizeGreaterThan(3);
                CudaModule module = device.module(CudaDevice.class, name);
                entries.forEach(module::kernel);
            }
            CudaKernels kernels = new CudaKernels(device, device.stream());
            Stream.of(DType.values()).forEach(kernels::load);
            new FastKernels(device, device.stream()).close();
        }
        assertThat(gpu.left()).isEmpty();
    }

    private static List<String> entries(String text) throws IOException {
        try (InputStream in = Objects.requireNonNull(CudaDevice.class.getResourceAsStream(text), text)) {
            return ENTRY.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .results()
                    .map(entry -> entry.group(1))
                    .toList();
        }
    }
}
