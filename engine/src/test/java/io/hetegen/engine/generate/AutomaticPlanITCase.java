package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.gguf.TinyLlama;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.profile.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine that plans for the GPU that it finds, on the driver double. */
class AutomaticPlanITCase {

    private static final int MAX_TOKENS = 12;
    private static final long BUDGET = 32 << 20;
    private static final long CPU_NANOS = 20_000;
    private static final String FAST = "mode=clock kernel-ns=100 h2d=3 d2h=3";

    private static HostKernels kernels;
    private static EngineOptions options;
    private static List<List<Object>> expected;

    @TempDir
    private Path folder;

    private Path profiles;
    private CudaDouble device;
    private int measured;

    @BeforeAll
    static void answerWithoutGpu(@TempDir Path models) throws Exception {
        kernels = HostKernels.build();
        Path model = models.resolve("tiny.gguf");
        Files.write(model, TinyLlama.gguf().build());
        options = EngineOptions.of(model).withThreads(2).withPrefillChunk(24);
        try (Engine engine = Engine.open(options)) {
            expected = answers(engine);
        }
    }

    @BeforeEach
    void choose() {
        profiles = folder.resolve("cache/hetegen");
        device = CudaDouble.start(kernels.library(), FAST);
    }

    @Test
    void measuresAtTheFirstOpeningOnly() throws IOException {
        CudaDouble gpu = start(FAST);
        opens(gpu, options, auto());
        assertThat(measured).isOne();
        assertThat(gpu.count("launches")).isPositive();
        Profile kept = Profile.read(onlyFile());
        assertThat(kept.machine()).contains(" kernels, GPU ", "MiB", "CUDA 12.6");

        gpu = start(FAST);
        opens(gpu, options, auto());
        assertThat(measured).isOne();
        assertThat(gpu.count("launches")).isPositive();
        assertThat(Profile.read(onlyFile())).isEqualTo(kept);
    }

    @Test
    void theBudgetHolds() throws IOException {
        opens(start(FAST), options, auto());
        CudaDouble gpu = start(FAST);
        opens(gpu, options, auto());
        long most = gpu.count("peak");
        gpu = start(FAST);
        opens(gpu, options, new GpuOptions.Auto(profiles, most * 2 / 3));

        assertThat(measured).isOne();
        assertThat(gpu.count("launches")).isPositive();
        assertThat(gpu.count("peak")).isLessThanOrEqualTo(most * 2 / 3);
    }

    /** What is measured with little free memory is of use when there is more, and the other way round. */
    @Test
    void whatIsFreeIsAskedAnew() throws IOException {
        String taken = " taken=" + ((1024L - 256 - 8) << 20);
        opens(start(FAST + taken), options, auto());
        CudaDouble gpu = start(FAST);
        opens(gpu, options, auto());
        assertThat(gpu.count("launches")).isPositive();
        gpu = start(FAST + taken);
        opens(gpu, options, auto());
        assertThat(gpu.count("launches")).isPositive();
        assertThat(measured).isOne();
    }

    @Test
    void aDamagedOrForeignProfileIsMeasuredAnew() throws IOException {
        opens(start(FAST), options, auto());
        Path file = onlyFile();
        String good = Files.readString(file);
        List<String> bad = List.of(
                good.substring(0, good.length() / 2),
                "",
                good.replace("CUDA 12.6", "CUDA 12.7"),
                good.replaceAll("\"rows\" : \\d+", "\"rows\" : 48"));
        for (int i = 0; i < bad.size(); i++) {
            Files.writeString(file, bad.get(i));
            opens(start(FAST), options, auto());
            assertThat(measured).as(bad.get(i)).isEqualTo(2 + i);
            assertThat(Profile.read(onlyFile()).machine()).contains("CUDA 12.6");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory=2000000000", "capability=90", "driver=12080"})
    void anotherGpuIsMeasuredAnew(String other) throws IOException {
        opens(start(FAST), options, auto());
        opens(start(FAST + " " + other), options, auto());
        opens(start(FAST), options, auto());
        assertThat(measured).isEqualTo(2);
        assertThat(files()).hasSize(2);
    }

    @Test
    void otherThreadsAreMeasuredAnew() throws IOException {
        opens(start(FAST), options, auto());
        opens(start(FAST), options.withThreads(1), auto());
        assertThat(measured).isEqualTo(2);
    }

    @Test
    void aFolderThatCannotBeWrittenCostsOnlyTheNextMeasurement() throws IOException {
        Files.writeString(folder.resolve("file"), "not a folder");
        profiles = folder.resolve("file/hetegen");
        for (int opening = 1; opening <= 2; opening++) {
            CudaDouble gpu = start(FAST);
            opens(gpu, options, auto());
            assertThat(gpu.count("launches")).isPositive();
            assertThat(measured).isEqualTo(opening);
        }
    }

    @Test
    void withoutADeviceTheCpuComputesAlone() throws IOException {
        opens(start("devices=0"), options, auto());
        assertThat(measured).isZero();
        assertThat(profiles).doesNotExist();
    }

    @Test
    void aGpuThatWinsNothingHasNoPart() throws IOException {
        String slow = "mode=clock kernel-ns=100000000 h2d=3 d2h=3";
        opens(start(slow), options, auto());
        CudaDouble gpu = start(slow);
        opens(gpu, options, auto());
        assertThat(measured).isOne();
        assertThat(gpu.count("launches")).isZero();
    }

    @Test
    void withTooLittleMemoryToMeasureTheCpuComputesAlone() throws IOException {
        CudaDouble gpu = start(FAST);
        opens(gpu, options, new GpuOptions.Auto(profiles, 1000));
        assertThat(gpu.count("launches")).isZero();
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100, 1000})
    void aGpuThatIsLostWhileItIsMeasuredIsNotKept(long nth) throws IOException {
        CudaDouble gpu = start(FAST);
        gpu.lose(nth, 700);
        opens(gpu, options, auto());
        assertThat(files()).isEmpty();
    }

    @Test
    void enginesThatOpenAtOnceMeasureOnce() throws Exception {
        CudaDouble gpu = start(FAST);
        int count = 3;
        CyclicBarrier together = new CyclicBarrier(count);
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<List<List<Object>>>> answers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                // Different options: the registry would share one engine between equal ones.
                EngineOptions own = options.withMaxSequences(4 + i).withGpu(auto());
                Callable<List<List<Object>>> answer = () -> {
                    together.await();
                    return answers(own);
                };
                answers.add(threads.submit(answer));
            }
            for (Future<List<List<Object>>> answer : answers) {
                assertThat(answer.get()).isEqualTo(expected);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(measured).isOne();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void aChunkThatIsLeftOpenIsThePlans() throws IOException {
        CudaDouble gpu = start(FAST);
        opens(gpu, options.withPrefillChunk(0), auto());
        assertThat(gpu.count("launches")).isPositive();
    }

    private CudaDouble start(String settings) {
        device = CudaDouble.start(kernels.library(), settings);
        return device;
    }

    private GpuOptions auto() {
        return new GpuOptions.Auto(profiles, BUDGET);
    }

    private void opens(CudaDouble gpu, EngineOptions asked, GpuOptions how) throws IOException {
        assertThat(answers(asked.withGpu(how))).isEqualTo(expected);
        assertThat(gpu.left()).isEmpty();
    }

    private List<List<Object>> answers(EngineOptions with) {
        AtomicBoolean asked = new AtomicBoolean();
        try (ModelFile file = ModelFiles.open(with.model());
                Engine engine = EngineOpening.open(file, with, gpuBytes -> profiling(gpuBytes, asked))) {
            return answers(engine);
        } finally {
            count(asked.get());
        }
    }

    private synchronized void count(boolean wasMeasured) {
        measured += wasMeasured ? 1 : 0;
    }

    /** Whatever the CPU does takes the same virtual time. The clock is asked by nobody else. */
    private Profiling profiling(long gpuBytes, AtomicBoolean asked) {
        return new Profiling(
                1e-6,
                gpuBytes,
                List.of(12),
                () -> {
                    asked.set(true);
                    device.advance(CPU_NANOS);
                    return device.clock();
                },
                done -> {});
    }

    private static List<List<Object>> answers(Engine engine) {
        List<Heard> heard = Engines.mixed(engine.model().vocabularySize(), MAX_TOKENS).stream()
                .map(request -> Engines.submit(engine, request))
                .toList();
        Engines.drain(engine);
        return heard.stream().map(answer -> Engines.essence(answer.result())).toList();
    }

    private Path onlyFile() throws IOException {
        assertThat(files()).hasSize(1);
        return files().get(0);
    }

    private List<Path> files() throws IOException {
        if (!Files.exists(profiles)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(profiles)) {
            return all.filter(file -> !file.toString().endsWith(".lock")).toList();
        }
    }
}
