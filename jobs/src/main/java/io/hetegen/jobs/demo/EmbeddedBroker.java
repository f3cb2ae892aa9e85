package io.hetegen.jobs.demo;

import io.hetegen.jobs.kafka.CreatedTopics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNode;
import org.apache.kafka.common.test.TestKitNodes;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One real Kafka broker (KRaft, broker and controller in one node) in this JVM, on free ports of localhost, with its
 * log in a temporary folder that {@link #close} removes. Topics are never created by the way: a name with a typing
 * error must fail here as it would in production.
 */
public final class EmbeddedBroker implements AutoCloseable {

    /**
     * One node serves everything; few internal partitions make it start and stop in seconds. Nothing is deleted by age:
     * records with old timestamps would go half a minute after the start, read or not.
     */
    private static final Map<String, String> SINGLE_NODE = Map.of(
            "offsets.topic.replication.factor", "1",
            "offsets.topic.num.partitions", "1",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "transaction.state.log.num.partitions", "4",
            "group.initial.rebalance.delay.ms", "0",
            "auto.create.topics.enable", "false",
            "log.retention.ms", "-1");

    private final KafkaClusterTestKit kit;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedBroker(KafkaClusterTestKit kit) {
        this.kit = kit;
    }

    /** Starts a broker and waits until it takes requests. */
    public static EmbeddedBroker start() throws IOException, InterruptedException {
        return start(Map.of());
    }

    /** @param overrides broker settings that take precedence over the defaults here */
    public static EmbeddedBroker start(Map<String, String> overrides) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("hetegen-broker-");
        try {
            return start(folder, overrides);
        } catch (IOException | InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The embedded Kafka broker did not start in " + folder + ": " + e.getMessage(), e);
        }
    }

    // The test kit declares Exception; its failure during the clean-up must not hide the one of the start.
    private static EmbeddedBroker start(Path folder, Map<String, String> overrides) throws Exception {
        TestKitNodes nodes = new TestKitNodes.Builder()
                .setBaseDirectory(folder)
                .setBootstrapMetadataVersion(MetadataVersion.latestProduction())
                .setCombined(true)
                .setNumControllerNodes(1)
                .setNumBrokerNodes(1)
                .build();
        KafkaClusterTestKit.Builder builder = new KafkaClusterTestKit.Builder(nodes);
        SINGLE_NODE.forEach(builder::setConfigProp);
        overrides.forEach(builder::setConfigProp);
        KafkaClusterTestKit kit = builder.build();
        try {
            format(nodes);
            kit.startup();
            kit.waitForReadyBrokers();
            return new EmbeddedBroker(kit);
        } catch (Exception e) {
            try {
                kit.close();
            } catch (Exception closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    // As the kit's own format(), which prints what it does on standard output.
    private static void format(TestKitNodes nodes) throws Exception {
        for (TestKitNode node : nodes.controllerNodes().values()) {
            Set<String> folders = new TreeSet<>(node.logDataDirectories());
            folders.add(node.metadataDirectory());
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(node.id())
                    .setClusterId(nodes.clusterId())
                    .setDirectories(folders)
                    .setMetadataLogDirectory(node.metadataDirectory())
                    .setReleaseVersion(nodes.bootstrapMetadata().metadataVersion())
                    .setControllerListenerName(nodes.controllerListenerName().value())
                    .run();
        }
    }

    /** The value for {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return kit.bootstrapServers();
    }

    /** Creates a topic and waits until it is there. */
    public void createTopic(String name, int partitions) throws InterruptedException {
        createTopic(name, partitions, Map.of());
    }

    /** @param settings of the topic, such as {@code max.message.bytes} */
    public void createTopic(String name, int partitions, Map<String, String> settings) throws InterruptedException {
        NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(settings);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
            admin.createTopics(List.of(topic)).all().get();
            CreatedTopics.await(admin, List.of(name));
        } catch (ExecutionException e) {
            throw new IllegalStateException("Topic " + name + " was not created: " + e.getMessage(), e);
        }
    }

    /** Stops the broker and removes its folder; further calls do nothing. */
    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            kit.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the embedded Kafka broker stopped", e);
        } catch (Exception e) {
            throw new IOException("The embedded Kafka broker did not stop cleanly: " + e.getMessage(), e);
        }
    }
}
