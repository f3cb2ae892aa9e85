package io.hetegen.engine.device.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA driver of the tests, {@code src/test/native/cuda-double}: a {@code libcuda.so.1}, and beside it a {@code
 * libcublas.so.12}, which the JVM loads before JCuda looks for the real ones. Without a C++ compiler there are none, and
 * the tests that start it are skipped.
 */
public final class CudaDouble {

    /** Set in JVMs that are to find no cuBLAS. */
    static final String WITHOUT_BLAS = "hetegen.test.without-cublas";

    private static final @Nullable String PROBLEM = load();

    private CudaDouble() {}

    /** One operation of the device: virtual nanoseconds in {@code clock} mode. */
    public record Traced(String name, int stream, String engine, long begin, long end, long bytes) {

        private static Traced of(String line) {
            String[] words = line.split(" ");
            return new Traced(
                    words[0],
                    Integer.parseInt(words[1]),
                    words[2],
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]),
                    Long.parseLong(words[5]));
        }
    }

    /** Whether there is one; asked before the first test, so that no test meets the driver of the machine. */
    static boolean isLoaded() {
        return PROBLEM == null;
    }

    /** A device that knows the toy kernels, in the state of a new process; settings as in docs/cuda.md. */
    public static CudaDouble start(String settings) {
        return start(file("libtoy-kernels.so"), settings);
    }

    /** A device that runs the kernels of a host build. */
    public static CudaDouble start(Path hostKernels, String settings) {
        assumeTrue(PROBLEM == null, PROBLEM);
        control("reset devices=1 kernels=" + hostKernels + " " + settings);
        return new CudaDouble();
    }

    /** Lets the nth call of a function return an error; the nth of all calls if the function is "any". */
    public void fail(String function, long nth, int code) {
        control("fail " + function + " " + nth + " " + code);
    }

    /** Loses the device at the nth copy or kernel: that one is not done, and every call from then on returns the code. */
    public void lose(long nth, int code) {
        control("lose " + nth + " " + code);
    }

    /** Turns a bit in the first byte of the nth copy or kernel, if it is a copy to the device. */
    public void corrupt(long nth) {
        control("corrupt " + nth);
    }

    /** What a kernel takes in {@code clock} mode: a part for the launch, one for each block, one for each unit of a parameter. */
    public void cost(String kernel, double nanos, double perBlock, int parameter, double perUnit) {
        control("cost " + kernel + " " + nanos + " " + perBlock + " " + parameter + " " + perUnit);
    }

    /** Changes settings in the middle. */
    public void set(String settings) {
        control("set " + settings);
    }

    /** Lets the calling thread's virtual clock advance, as if it had computed for so long. */
    public void advance(long nanos) {
        control("advance " + nanos);
    }

    /** The calling thread's virtual clock. */
    public long clock() {
        return Long.parseLong(control("clock"));
    }

    /** Counts since the start: calls, copies and kernels, and what is there now. */
    public Map<String, Long> stats() {
        return Stream.of(control("stats").split(" "))
                .map(pair -> pair.split("="))
                .collect(Collectors.toMap(pair -> pair[0], pair -> Long.parseLong(pair[1])));
    }

    /** One of the {@link #stats()}. */
    public long count(String kind) {
        return Optional.ofNullable(stats().get(kind)).orElseThrow();
    }

    /** What was not given back, empty if everything was. */
    public List<String> left() {
        List<String> left = new ArrayList<>();
        for (String kind : List.of(
                "allocations",
                "pinned",
                "registered",
                "streams",
                "events",
                "modules",
                "blas",
                "contexts",
                "overruns")) {
            if (count(kind) != 0) {
                left.add(count(kind) + " " + kind);
            }
        }
        return left;
    }

    public List<Traced> trace() {
        return control("trace").lines().map(Traced::of).toList();
    }

    private static native String control(String command);

    private static Path file(String name) {
        URL resource = CudaDouble.class.getResource(name);
        assumeTrue(resource != null, PROBLEM);
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable String load() {
        URL library = CudaDouble.class.getResource("libcuda.so.1");
        if (library == null) {
            return "the CUDA driver double is not built: install g++ (Linux on x86-64)";
        }
        try {
            Path path = Path.of(library.toURI());
            System.load(path.toString());
            if (!Boolean.getBoolean(WITHOUT_BLAS)) {
                System.load(path.resolveSibling("libcublas.so.12").toString());
            }
            return null;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
