package io.hetegen.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** Opens the assembled artifacts: what is in which decides which class loader it meets in a cluster. */
class DistributionITCase {

    /** Packages of Flink, its logging, the engine with its native libraries, the command line and the broker. */
    private static final List<String> PROVIDED = List.of(
            "org/apache/flink/",
            "org/slf4j/",
            "org/apache/logging/",
            "io/hetegen/engine/",
            "ai/djl/",
            "com/sun/jna/",
            "jcuda/",
            "io/hetegen/jobs/cli/",
            "io/hetegen/jobs/demo/",
            "picocli/",
            "me/tongfei/",
            "kafka/",
            "org/apache/kafka/common/test/",
            "org/junit/");

    /** What of Flink's name comes with the Kafka connector. */
    private static final List<String> CONNECTOR = List.of(
            "org/apache/flink/connector/kafka/",
            "org/apache/flink/streaming/connectors/kafka/",
            "org/apache/flink/streaming/util/serialization/JSONKeyValueDeserializationSchema");

    private final Distribution distribution = Distribution.assembled();

    @Test
    void theJobJarHoldsTheJob() throws IOException {
        try (JarFile jar = new JarFile(distribution.jobJar().toFile())) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("io.hetegen.jobs.GenerateJob");
        }
        List<String> needed = List.of(
                "io/hetegen/jobs/GenerateJob.class",
                "io/hetegen/operator/GenerateStream.class",
                "io/hetegen/schemas/Prompt.class",
                "org/apache/flink/connector/kafka/source/KafkaSource.class",
                "org/apache/kafka/clients/producer/KafkaProducer.class",
                "org/apache/avro/specific/SpecificRecord.class");
        assertThat(needed).isSubsetOf(classesOf(distribution.jobJar()));
    }

    @Test
    void theJobJarHoldsNothingThatTheClusterProvides() throws IOException {
        List<String> foreign = classesOf(distribution.jobJar()).stream()
                .filter(name -> PROVIDED.stream().anyMatch(name::startsWith))
                .filter(name -> CONNECTOR.stream().noneMatch(name::startsWith))
                .toList();

        assertThat(foreign).isEmpty();
    }

    @Test
    void theJobJarHoldsNeitherNativeCodeNorAModel() throws IOException {
        try (JarFile jar = new JarFile(distribution.jobJar().toFile())) {
            assertThat(jar.stream().map(JarEntry::getName))
                    .noneMatch(name -> name.endsWith(".so") || name.endsWith(".dll") || name.endsWith(".dylib"))
                    .noneMatch(name -> name.endsWith(".gguf"));
        }
    }

    @Test
    void libHoldsTheEngineWithoutFlinkAndWithoutLogging() throws IOException {
        List<String> jars;
        try (Stream<Path> files = Files.list(distribution.lib())) {
            jars = files.map(file -> file.getFileName().toString()).sorted().toList();
        }
        assertThat(jars)
                .anyMatch(name -> name.startsWith("hetegen-engine-"))
                .anyMatch(name -> name.startsWith("tokenizers-"))
                .anyMatch(name -> name.matches("jcuda-[0-9.]+\\.jar"))
                .anyMatch(name -> name.matches("jcuda-natives-[0-9.]+-linux-x86_64\\.jar"))
                .anyMatch(name -> name.matches("jcublas-[0-9.]+\\.jar"))
                .anyMatch(name -> name.matches("jcublas-natives-[0-9.]+-linux-x86_64\\.jar"))
                .noneMatch(name -> name.startsWith("flink-"))
                .noneMatch(name -> name.startsWith("slf4j-") || name.startsWith("log4j-"))
                .noneMatch(name -> name.startsWith("hetegen-operator") || name.startsWith("hetegen-jobs"));
    }

    @Test
    void theJobJarSaysInASentenceThatTheEngineIsMissing() throws IOException, InterruptedException {
        String flink = Path.of(System.getProperty("hetegen.flink"), "lib", "*").toString();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        distribution.jobJar() + File.pathSeparator + flink,
                        "io.hetegen.jobs.GenerateJob")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(output.lines())
                .first(InstanceOfAssertFactories.STRING)
                .contains("The HeteGen engine is not on the class path: put hetegen-engine-*.jar into Flink's lib/");
    }

    private static List<String> classesOf(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            return jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class"))
                    .toList();
        }
    }
}
