package io.hetegen.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.junit.jupiter.api.Test;

/** Flink ignores keys that it does not know, so a typing error in config.yaml would silently change what it means. */
class ConfigYamlTest {

    private static final Path CONF = Path.of("src/main/distribution/conf").toAbsolutePath();

    private final Configuration configuration = GlobalConfiguration.loadConfiguration(CONF.toString());

    @Test
    void everyKeyIsOneOfFlinksOptions() throws Exception {
        Map<String, ConfigOption<?>> options = flinkOptions();

        assertThat(options).containsKey("execution.checkpointing.interval").doesNotContainKey("no.such.key");
        assertThat(configuration.keySet()).isNotEmpty().isSubsetOf(options.keySet());
    }

    @Test
    void everyValueIsOfItsOptionsType() throws Exception {
        Map<String, ConfigOption<?>> options = flinkOptions();

        for (String key : configuration.keySet()) {
            assertThat(configuration.getOptional(options.get(key))).as(key).isPresent();
        }
    }

    @Test
    void carriesWhatGenerationNeeds() {
        assertThat(configuration.get(CheckpointingOptions.ENABLE_UNALIGNED)).isTrue();
        assertThat(configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED)).isTrue();
        assertThat(configuration.keySet())
                .contains(
                        "execution.checkpointing.during-recovery.enabled",
                        "execution.checkpointing.unaligned.recover-output-on-downstream.enabled");
    }

    @Test
    void theMemoryOfBothProcessesAddsUp() {
        assertThat(TaskExecutorProcessUtils.processSpecFromConfig(configuration)
                        .getTaskHeapSize()
                        .getMebiBytes())
                .isGreaterThan(512);
        assertThat(JobManagerProcessUtils.processSpecFromConfig(configuration)
                        .getJvmHeapMemorySize()
                        .getMebiBytes())
                .isGreaterThan(256);
    }

    /** All options that the classes named ...Options in flink-core declare. */
    private static Map<String, ConfigOption<?>> flinkOptions()
            throws IOException, URISyntaxException, ReflectiveOperationException {
        Path flinkCore = Path.of(ConfigOption.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Map<String, ConfigOption<?>> options = new HashMap<>();
        try (JarFile jar = new JarFile(flinkCore.toFile())) {
            List<String> names = jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.matches("org/apache/flink/configuration/\\w+Options\\.class"))
                    .map(name -> name.replace('/', '.').replaceAll("\\.class$", ""))
                    .toList();
            for (String name : names) {
                for (Field field : Class.forName(name).getDeclaredFields()) {
                    if (Modifier.isStatic(field.getModifiers())
                            && Modifier.isPublic(field.getModifiers())
                            && ConfigOption.class.isAssignableFrom(field.getType())) {
                        ConfigOption<?> option = (ConfigOption<?>) field.get(null);
                        options.put(option.key(), option);
                    }
                }
            }
        }
        return options;
    }
}
