package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.KvType;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.plan.PlanFile;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateOptionsTest {

    private static final Map<String, String> ALL_CHANGED = Map.ofEntries(
            Map.entry("hetegen.model.path", "/models/m.gguf"),
            Map.entry("hetegen.engine.threads", "3"),
            Map.entry("hetegen.engine.context-length", "777"),
            Map.entry("hetegen.engine.max-sequences", "5"),
            Map.entry("hetegen.engine.prefill-chunk", "7"),
            Map.entry("hetegen.engine.kv-type", "f32"),
            Map.entry("hetegen.engine.numerics", "fast"),
            Map.entry("hetegen.engine.gpu", "auto"),
            Map.entry("hetegen.engine.profiles", "/var/cache/profiles"),
            Map.entry("hetegen.engine.gpu-memory", "19 kb"),
            Map.entry("hetegen.engine.linger", "9 s"),
            Map.entry("hetegen.generate.generating", "11"),
            Map.entry("hetegen.generate.admitted", "13 kb"),
            Map.entry("hetegen.generate.previews.enabled", "true"),
            Map.entry("hetegen.generate.previews.tokens", "17"));

    @Test
    void defaults() {
        Configuration configuration = Configuration.fromMap(Map.of("hetegen.model.path", "m.gguf"));
        assertThat(GenerateSettings.from(configuration))
                .isEqualTo(new GenerateSettings(
                        EngineOptions.of(Path.of("m.gguf")), Duration.ofMinutes(2), 8, MemorySize.ofMebiBytes(16), 0));
    }

    @Test
    void everyKeyIsMapped() {
        assertThat(GenerateSettings.from(Configuration.fromMap(ALL_CHANGED)))
                .isEqualTo(new GenerateSettings(
                        new EngineOptions(
                                Path.of("/models/m.gguf"),
                                3,
                                777,
                                5,
                                7,
                                KvType.F32,
                                new GpuOptions.Auto(Path.of("/var/cache/profiles"), 19 * 1024),
                                Numerics.FAST),
                        Duration.ofSeconds(9),
                        11,
                        MemorySize.parse("13 kb"),
                        17));
    }

    @Test
    void aPlanTakesThePlaceOfAnAutomaticOne() {
        Map<String, String> planned = new HashMap<>(ALL_CHANGED);
        planned.put("hetegen.engine.plan", TestPlan.JSON);
        assertThatThrownBy(() -> GenerateSettings.from(Configuration.fromMap(planned)))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContainingAll("hetegen.engine.gpu is AUTO", "hetegen.engine.plan", "leave one of them out");

        planned.remove("hetegen.engine.gpu");
        assertThat(GenerateSettings.from(Configuration.fromMap(planned))
                        .engine()
                        .gpu())
                .isEqualTo(new GpuOptions.Planned(PlanFile.parse(TestPlan.JSON, "test"), 19 * 1024));
    }

    @Test
    void automaticProfilesAreTemporaryWithoutAFolder() {
        Configuration configuration =
                Configuration.fromMap(Map.of("hetegen.model.path", "m.gguf", "hetegen.engine.gpu", "auto"));
        assertThat(GenerateSettings.from(configuration).engine().gpu())
                .isEqualTo(GpuOptions.auto(Path.of(System.getProperty("java.io.tmpdir"), "hetegen-profiles")));
    }

    @Test
    void everyOptionIsInTheseTestsAndDescribed() throws Exception {
        List<String> keys = new ArrayList<>();
        for (Field field : GenerateOptions.class.getFields()) {
            ConfigOption<?> option = (ConfigOption<?>) field.get(null);
            keys.add(option.key());
            assertThat(new HtmlFormatter().format(option.description())).hasSizeGreaterThan(50);
        }
        assertThat(keys)
                .contains("hetegen.engine.plan")
                .containsAll(ALL_CHANGED.keySet())
                .hasSize(ALL_CHANGED.size() + 1);
    }

    @ParameterizedTest
    @CsvSource({
        "hetegen.engine.threads, -1, must be at least 0",
        "hetegen.engine.threads, 1025, must be at most 1024",
        "hetegen.engine.context-length, -1, must be at least 0",
        "hetegen.engine.max-sequences, 0, must be at least 1",
        "hetegen.engine.prefill-chunk, 0, must be at least 1",
        "hetegen.engine.plan, { }, is no plan",
        "hetegen.engine.gpu, on, ",
        "hetegen.engine.gpu-memory, much, ",
        "hetegen.engine.linger, -1 s, ",
        "hetegen.engine.kv-type, f64, ",
        "hetegen.engine.threads, many, ",
        "hetegen.generate.generating, 0, must be at least 1",
        "hetegen.generate.admitted, lots, ",
        "hetegen.generate.previews.tokens, 0, must be at least 1",
        "hetegen.generate.previews.enabled, perhaps, ",
        "hetegen.model.path, ' ', is required",
    })
    void aBadValueStopsTheStartWithKeyValueAndConstraint(String key, String value, String constraint) {
        Configuration configuration = Configuration.fromMap(Map.of("hetegen.model.path", "m.gguf"));
        configuration.setString(key, value);
        assertThatThrownBy(() -> new GenerateFunction(new TestDecoder(), configuration))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value.isBlank() ? "not set" : key.endsWith("plan") ? "the plan" : value)
                .hasMessageContaining(constraint == null ? "" : constraint)
                .message()
                .doesNotContain("\n");
    }
}
