package io.hetegen.jobs.demo;

import io.hetegen.jobs.GenerateJob;
import io.hetegen.jobs.JobOptions;
import io.hetegen.jobs.serde.Format;
import io.hetegen.operator.GenerateOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo: tickets go into a topic of a broker in this JVM, the job answers them in a cluster in this JVM,
 * and what a read_committed consumer sees is counted. Nothing is simulated.
 *
 * @param records how many tickets
 * @param chaos whether a task fails in the middle
 * @param started when the user started it
 */
public record Demo(int records, boolean chaos, int parallelism, Instant started) {

    private static final String INPUT = "prompts";
    private static final String OUTPUT = "completions";
    private static final String DEAD_LETTERS = "dead-letters";
    private static final int PARTITIONS = 4;
    /** A dead letter is its prompt with headers. */
    private static final Map<String, String> ROOM_FOR_ANY_PROMPT = Map.of("max.message.bytes", "2097152");

    private static final Duration POLL = Duration.ofMillis(50);

    /** The figures, and the completions as JSON lines in the order of their ids: equal in every run. */
    public record Outcome(DemoReport report, List<String> completions) {}

    /** @throws DemoException if the job fails for good */
    public Outcome run(DemoListener listener) throws Exception {
        List<Ticket> tickets = Ticket.read(records);
        DemoLedger ledger = new DemoLedger(tickets, started);
        try (WorkFolder folder = WorkFolder.create()) {
            Path model = folder.copyModel();
            listener.stage("Starting a Kafka broker");
            try (EmbeddedBroker broker = EmbeddedBroker.start()) {
                broker.createTopic(INPUT, PARTITIONS);
                broker.createTopic(OUTPUT, PARTITIONS);
                broker.createTopic(DEAD_LETTERS, PARTITIONS, ROOM_FOR_ANY_PROMPT);
                listener.stage("Starting a Flink cluster");
                try (LocalCluster cluster = LocalCluster.start(parallelism, folder.path(), flink())) {
                    Instant firstPrompt = Instant.now();
                    produce(broker.bootstrapServers(), tickets);
                    listener.stage("Loading the model");
                    LocalCluster.Job job = submit(cluster, broker.bootstrapServers(), model);
                    follow(job, broker.bootstrapServers(), ledger, listener);
                    DemoReport.@Nullable Comparison comparison = null;
                    if (chaos) {
                        listener.stage("Answering again with the engine alone, to compare");
                        comparison = ledger.compare(EngineAlone.answer(model, tickets));
                    }
                    DemoReport report =
                            ledger.report(firstPrompt, job.completedCheckpoints(), job.restarts(), comparison);
                    return new Outcome(report, ledger.lines());
                }
            }
        }
    }

    private static Configuration flink() {
        return new Configuration()
                // Commits are seen early; the default is made for less haste.
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1))
                .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3)
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
    }

    private static void produce(String bootstrapServers, List<Ticket> tickets) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Ticket ticket : tickets) {
                byte[] key = ticket.customer().getBytes(StandardCharsets.UTF_8);
                sent.add(producer.send(new ProducerRecord<>(INPUT, key, ticket.promptRecord())));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private LocalCluster.Job submit(LocalCluster cluster, String bootstrapServers, Path model) throws Exception {
        Configuration job = new Configuration()
                .set(JobOptions.BOOTSTRAP_SERVERS, bootstrapServers)
                .set(JobOptions.INPUT_TOPIC, INPUT)
                .set(JobOptions.OUTPUT_TOPIC, OUTPUT)
                .set(JobOptions.DEAD_LETTER_TOPIC, DEAD_LETTERS)
                .set(JobOptions.TRANSACTIONAL_ID_PREFIX, "hetegen-demo")
                .set(JobOptions.FORMAT, Format.JSON)
                .set(JobOptions.STOP_AT, JobOptions.StopAt.LATEST)
                .set(GenerateOptions.MODEL_PATH, model.toString());
        StreamExecutionEnvironment environment = cluster.environment();
        environment.setParallelism(parallelism);
        GenerateJob.build(environment, job);
        if (chaos) {
            FailOnce.attach(environment, Math.max(1, records / 2 / parallelism));
        }
        return cluster.submit(environment);
    }

    /** Reads until the job has ended and all that it wrote is read. */
    private static void follow(LocalCluster.Job job, String bootstrapServers, DemoLedger ledger, DemoListener listener)
            throws Exception {
        try (TopicTail written = new TopicTail(bootstrapServers, OUTPUT, PARTITIONS, IsolationLevel.READ_UNCOMMITTED);
                TopicTail committed =
                        new TopicTail(bootstrapServers, OUTPUT, PARTITIONS, IsolationLevel.READ_COMMITTED);
                TopicTail refused =
                        new TopicTail(bootstrapServers, DEAD_LETTERS, PARTITIONS, IsolationLevel.READ_COMMITTED)) {
            boolean ended = false;
            while (!ended || !committed.atEnd() || !refused.atEnd()) {
                ended = ended || ended(job);
                for (ConsumerRecord<byte[], String> record : written.poll(POLL)) {
                    ledger.generated(ReceivedCompletion.of(record));
                }
                for (ConsumerRecord<byte[], String> record : committed.poll(POLL)) {
                    ledger.committed(ReceivedCompletion.of(record));
                }
                refused.poll(Duration.ZERO).forEach(record -> ledger.deadLetter());
                listener.progress(ledger.generatedCount(), ledger.committedCount());
            }
        }
    }

    private static boolean ended(LocalCluster.Job job) throws Exception {
        JobStatus status = job.status();
        if (status == JobStatus.FAILED) {
            throw new DemoException("the job failed: " + job.failure());
        }
        return status.isGloballyTerminalState();
    }
}
