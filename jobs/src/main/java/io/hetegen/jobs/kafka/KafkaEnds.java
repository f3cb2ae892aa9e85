package io.hetegen.jobs.kafka;

import io.hetegen.jobs.serde.Format;
import io.hetegen.operator.Answer;
import io.hetegen.operator.DeadLetter;
import io.hetegen.operator.Envelope;
import io.hetegen.operator.Preview;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;

/**
 * The job's source and sinks, on a broker that was asked first. Completions and dead letters are written exactly once,
 * each in transactions of its own; previews at least once.
 */
public final class KafkaEnds {

    // A producer holds its records until they are sent; one record must fit in any case.
    private static final long DEFAULT_BUFFER_MEMORY = 32L << 20;
    private static final int DEFAULT_BATCH_SIZE = 16_384;

    private final KafkaSettings settings;
    private final TransactionCheck.Broker broker;
    private final TransactionBudget budget;

    private KafkaEnds(KafkaSettings settings, TransactionCheck.Broker broker, TransactionBudget budget) {
        this.settings = settings;
        this.broker = broker;
        this.budget = budget;
    }

    /** @throws TopicException if the job cannot run on this broker with these settings */
    public static KafkaEnds open(KafkaSettings settings, Duration checkpointInterval, Duration checkpointTimeout)
            throws InterruptedException {
        TransactionCheck.Broker broker = new TransactionCheck(settings).ask();
        TransactionBudget budget = new TransactionBudget(
                checkpointInterval,
                checkpointTimeout,
                settings.toleratedOutage(),
                settings.transactionTimeout(),
                broker.maxTransactionTimeout());
        return new KafkaEnds(settings, broker, budget);
    }

    public TransactionBudget budget() {
        return budget;
    }

    /** From the group's committed offsets, or the earliest where there are none; committed transactions only. */
    public KafkaSource<Envelope> source() {
        KafkaSourceBuilder<Envelope> source = KafkaSource.<Envelope>builder()
                .setProperties(settings.clientProperties())
                .setTopics(settings.inputTopic())
                .setGroupId(settings.groupId())
                .setStartingOffsets(new CommittedOrEarliest())
                .setProperty("isolation.level", "read_committed")
                .setDeserializer(new EnvelopeDeserializer());
        if (settings.stopAtLatest()) {
            source.setBounded(OffsetsInitializer.latest());
        }
        return source.build();
    }

    public KafkaSink<Answer> completions(Format format) {
        String topic = settings.outputTopic();
        return exactlyOnce(topic, "completions", new CompletionSerializer(topic, limit(topic), format));
    }

    public KafkaSink<DeadLetter> deadLetters() {
        String topic = settings.deadLetterTopic();
        return exactlyOnce(topic, "dead-letters", new DeadLetterSerializer(topic, limit(topic)));
    }

    /** Empty where no preview topic is set. */
    public Optional<KafkaSink<Preview>> previews(Format format) {
        return settings.previewTopic()
                .map(topic -> KafkaEnds.<Preview>sink(producer(topic))
                        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                        .setRecordSerializer(new PreviewSerializer(topic, limit(topic), format))
                        .build());
    }

    private <T> KafkaSink<T> exactlyOnce(String topic, String name, KafkaRecordSerializationSchema<T> serializer) {
        Properties producer = producer(topic);
        producer.setProperty(
                "transaction.timeout.ms",
                Long.toString(settings.transactionTimeout().toMillis()));
        return KafkaEnds.<T>sink(producer)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(settings.transactionalIdPrefix() + "-" + name)
                .setRecordSerializer(serializer)
                .build();
    }

    private static <T> KafkaSinkBuilder<T> sink(Properties producer) {
        return KafkaSink.<T>builder().setKafkaProducerConfig(producer);
    }

    private Properties producer(String topic) {
        int largest = maxMessageBytes(topic);
        Properties producer = settings.clientProperties();
        producer.setProperty("max.request.size", Integer.toString(largest));
        producer.setProperty("buffer.memory", Long.toString(Math.max(DEFAULT_BUFFER_MEMORY, 2L * largest)));
        producer.setProperty("batch.size", Integer.toString(Math.min(DEFAULT_BATCH_SIZE, largest / 2)));
        return producer;
    }

    private SizeLimit limit(String topic) {
        return SizeLimit.ofTopic(maxMessageBytes(topic));
    }

    private int maxMessageBytes(String topic) {
        return Objects.requireNonNull(broker.maxMessageBytes().get(topic));
    }
}
