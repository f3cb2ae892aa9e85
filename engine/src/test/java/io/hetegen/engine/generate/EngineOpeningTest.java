package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.Warnings;
import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.linear.Profiling;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineOpeningTest {

    private static final EngineOptions OPTIONS =
            EngineOptions.of(Path.of(System.getProperty("hetegen.demo.model"))).withThreads(3);

    private static final LongFunction<Profiling> NO_PROFILING = gpuBytes -> {
        throw new AssertionError("no GPU was asked for");
    };

    private final Set<Thread> before = Thread.getAllStackTraces().keySet();

    @Test
    void saysWhatItOpened() {
        try (Engine engine = Engine.open(OPTIONS)) {
            assertThat(engine.model().name()).isEqualTo("Ticket Triage 2.6M");
            assertThat(engine.model().architecture()).isEqualTo("llama");
            assertThat(engine.model().contextLength()).isEqualTo(512);
            assertThat(engine.model().vocabularySize()).isEqualTo(1536);
            assertThat(engine.chatTemplate()).isPresent();
            assertThat(engine.stats().weightBytes()).isPositive();
            assertThat(teamThreads()).hasSize(2);
        }
        assertThat(teamThreads()).isEmpty();
    }

    @Test
    void whoAsksForFastNumericsHearsThatTheyDoNothingHere() {
        try (Warnings warnings = new Warnings();
                Engine engine = Engine.open(OPTIONS.withNumerics(Numerics.FAST))) {
            assertThat(engine.stats().weightBytes()).isPositive();
            assertThat(warnings.lines())
                    .containsExactly("numerics fast has nothing to do, answers are the reproducible ones: "
                            + "it is for a GPU that takes part, and none does");
        }
    }

    @Test
    void freesEverythingWhenAPartFails() {
        try (ModelFile file = ModelFiles.open(OPTIONS.model())) {
            assertThatThrownBy(() -> EngineOpening.open(new Unreadable(file), OPTIONS, NO_PROFILING))
                    .isInstanceOf(ModelException.class)
                    .hasMessage("blk.2.ffn_up.weight cannot be read");
        }
        assertThat(teamThreads()).isEmpty();
    }

    @Test
    void saysWhereAFileEndsThatWasCutAfterItsHeaderWasRead(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("cut.gguf");
        Files.copy(OPTIONS.model(), path);
        long mapped = HostMemory.mappedBytes();
        try (ModelFile file = ModelFiles.open(path);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            long end = file.tensor("blk.2.ffn_up.weight").offset() + 100;
            channel.truncate(end);
            assertThatThrownBy(() -> EngineOpening.open(file, OPTIONS, NO_PROFILING))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(path.toString(), "tensor '", "the file ends at byte ", "became shorter");
        }
        assertThat(HostMemory.mappedBytes()).isEqualTo(mapped);
        assertThat(teamThreads()).isEmpty();
    }

    @Test
    void givesAllMemoryBackWhenItIsClosed() {
        long mapped = HostMemory.mappedBytes();
        try (Engine engine = Engine.open(OPTIONS)) {
            assertThat(engine.stats().weightBytes()).isPositive();
            Engines.submit(engine, GenerationRequest.greedy(new PromptInput.Text("a ticket"), 4));
            engine.step();
            assertThat(engine.stats().kvBytes()).isPositive();
        }
        assertThat(HostMemory.mappedBytes()).isEqualTo(mapped);
    }

    @Test
    void refusesALongerContextThanTheModelHas() {
        assertThatThrownBy(() -> Engine.open(OPTIONS.withContextLength(513)))
                .isInstanceOf(ModelException.class)
                .hasMessageEndingWith("a context of 513 tokens was asked for, the model was made for at most 512");
    }

    /** Those of this test: other tests' threads may still be ending. */
    private List<Thread> teamThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hetegen-cpu-") && !before.contains(thread))
                .toList();
    }

    /** The disk fails in the middle of the weights. */
    private record Unreadable(ModelFile file) implements ModelFile {
        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public ModelMetadata metadata() {
            return file.metadata();
        }

        @Override
        public Map<String, TensorInfo> tensors() {
            return file.tensors();
        }

        @Override
        public void read(TensorInfo tensor, long offset, ByteBuffer target) {
            if (tensor.name().equals("blk.2.ffn_up.weight")) {
                throw new ModelException(tensor.name() + " cannot be read");
            }
            file.read(tensor, offset, target);
        }

        @Override
        public void close() {}
    }
}
