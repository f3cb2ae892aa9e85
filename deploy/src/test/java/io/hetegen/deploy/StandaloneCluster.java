package io.hetegen.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * A Flink cluster of real processes, laid out and started as Flink's own scripts do it: Flink's jars and the
 * distribution's {@code lib/} on the class path, the distribution's {@code conf/}, and memory from its configuration.
 * Closing it ends every process that it started.
 */
final class StandaloneCluster implements AutoCloseable {

    private static final long START_SECONDS = 60;
    private static final long POLL_MILLIS = 200;

    private final Distribution distribution;
    private final Path folder;
    private final String classPath;
    private final Configuration configuration;
    private final Map<String, String> overrides = new LinkedHashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final int restPort = freePort();

    /** @param folder takes logs and checkpoints */
    StandaloneCluster(Distribution distribution, Path flinkLib, Path folder) throws IOException {
        this.distribution = distribution;
        this.folder = folder;
        this.classPath = Stream.concat(jars(distribution.lib()), jars(flinkLib)).collect(Collectors.joining(":"));
        this.configuration =
                GlobalConfiguration.loadConfiguration(distribution.conf().toString());
        overrides.put("rest.port", Integer.toString(restPort));
        overrides.put("jobmanager.rpc.port", Integer.toString(freePort()));
        overrides.put(
                "execution.checkpointing.dir",
                folder.resolve("checkpoints").toUri().toString());
        overrides.put("execution.checkpointing.interval", "1 s");
        overrides.put("io.tmp.dirs", folder.toString());
        // A killed TaskManager is noticed in seconds instead of most of a minute.
        overrides.put("heartbeat.interval", "1 s");
        overrides.put("heartbeat.timeout", "8 s");
    }

    /** Returns when the JobManager answers. */
    void startJobManager() throws IOException, InterruptedException {
        List<String> command = java("-Xmx768m");
        command.add(StandaloneSessionClusterEntrypoint.class.getName());
        command.addAll(List.of("--configDir", distribution.conf().toString()));
        overrides.forEach((key, value) -> command.addAll(List.of("-D", key + "=" + value)));
        Process jobManager = start("jobmanager", command);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (rest("/overview").isEmpty()) {
            // Waiting for its end is waiting; and if it ends, it will never answer.
            if (jobManager.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new IOException("the JobManager did not start:\n" + log("jobmanager"));
            }
        }
    }

    Process startTaskManager(String... jvmOptions) throws IOException {
        TaskExecutorProcessSpec spec = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
        List<String> command =
                java(ProcessMemoryUtils.generateJvmParametersStr(spec).trim().split(" "));
        command.addAll(List.of(jvmOptions));
        command.add(TaskManagerRunner.class.getName());
        command.addAll(List.of("--configDir", distribution.conf().toString()));
        command.addAll(List.of(
                TaskExecutorProcessUtils.generateDynamicConfigsStr(spec).trim().split(" ")));
        overrides.forEach((key, value) -> command.addAll(List.of("-D", key + "=" + value)));
        return start("taskmanager", command);
    }

    /** {@code flink run --detached}, as a user would type it; returns when the cluster has taken the job. */
    void submit(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = java("-Xmx512m");
        command.addAll(List.of(CliFrontend.class.getName(), "run", "--detached", "-m", "localhost:" + restPort));
        command.add(distribution.jobJar().toString());
        command.addAll(arguments);
        Process process = start("client", command);
        if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("flink run failed:\n" + log("client"));
        }
    }

    /** Of the one job, as Flink spells it; empty before it is there. */
    String jobState() throws IOException, InterruptedException {
        Matcher state = Pattern.compile("\"state\":\"(\\w+)\"").matcher(rest("/jobs/overview"));
        return state.find() ? state.group(1) : "";
    }

    /** The answer of the JobManager, empty while there is none. */
    private String rest(String path) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + restPort + path))
                .timeout(Duration.ofSeconds(START_SECONDS))
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? response.body() : "";
        } catch (IOException e) {
            return "";
        }
    }

    String log(String name) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + "-"))
                    .sorted()
                    .map(StandaloneCluster::read)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> java(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of(configuration.get(CoreOptions.FLINK_JVM_OPTIONS).trim().split("\\s+")));
        command.add("-Dlog4j2.configurationFile=classpath:standalone-log4j2.properties");
        command.addAll(
                List.of("-cp", classPath + ":" + Path.of("src/test/resources").toAbsolutePath()));
        return command;
    }

    private Process start(String name, List<String> command) throws IOException {
        Path log = folder.resolve(name + "-" + processes.size() + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .directory(folder.toFile());
        builder.environment().put("FLINK_CONF_DIR", distribution.conf().toString());
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    @Override
    public void close() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor(START_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> jars(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString).sorted().toList().stream();
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
