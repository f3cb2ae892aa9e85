package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.operator.GenerateOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.Description;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;
import org.junit.jupiter.api.Test;

/** {@code docs/options.md} is generated from the constants; {@code -Dhetegen.update-docs=true} rewrites it. */
class OptionsDocsTest {

    @Test
    void theCommittedTableIsTheGeneratedOne() throws IOException {
        String generated = page();
        Path file = root().resolve("docs/options.md");
        if (Boolean.getBoolean("hetegen.update-docs")) {
            Files.writeString(file, generated);
        }

        assertThat(file).content().isEqualTo(generated);
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no project root above the working directory");
        }
        return folder;
    }

    private static String page() {
        return """
                # Options

                Generated from `JobOptions` and `GenerateOptions`; do not edit (`CONTRIBUTING.md` says how it is rewritten).

                Each is given as `--KEY VALUE` to the job, or in the file of `--config FILE` (YAML or properties). A key that
                begins with `hetegen.` and is not listed here stops the start. Flink's own options can be given the same way;
                `docs/exactly-once.md` says which of them matter.

                ## The job

                %s
                ## The operator and its engine

                %s""".formatted(table(OptionsList.of(JobOptions.class)), table(OptionsList.of(GenerateOptions.class)));
    }

    private static String table(List<ConfigOption<?>> options) {
        return options.stream()
                .map(OptionsDocsTest::row)
                .collect(Collectors.joining("", "| Key | Default | What it does |\n|---|---|---|\n", ""));
    }

    private static String row(ConfigOption<?> option) {
        return "| `%s` | %s | %s |%n"
                .formatted(
                        option.key(),
                        defaultValue(option),
                        text(option.description()).replace("|", "\\|"));
    }

    private static String text(Description description) {
        return new HtmlFormatter().format(description).replace("&lt;", "<").replace("&gt;", ">");
    }

    private static String defaultValue(ConfigOption<?> option) {
        Object value = option.defaultValue();
        if (value == null || value instanceof Map<?, ?> map && map.isEmpty()) {
            return "(none)";
        }
        if (value instanceof Duration duration) {
            return "`" + TimeUtils.formatWithHighestUnit(duration) + "`";
        }
        return "`" + (value instanceof Enum<?> constant ? constant.name().toLowerCase(Locale.ROOT) : value) + "`";
    }
}
