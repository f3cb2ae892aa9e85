package io.hetegen.jobs;

import io.hetegen.jobs.serde.Format;
import io.hetegen.jobs.serde.GenerationDefaults;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * The settings of {@link GenerateJob}, checked before it starts; those of the operator are in
 * {@link io.hetegen.operator.GenerateOptions}. {@code docs/options.md} is generated from both.
 */
public final class JobOptions {

    public static final ConfigOption<String> BOOTSTRAP_SERVERS = ConfigOptions.key("hetegen.kafka.bootstrap-servers")
            .stringType()
            .noDefaultValue()
            .withDescription("Brokers to reach the Kafka cluster by, as host:port, separated by commas. Required.");

    public static final ConfigOption<String> INPUT_TOPIC = ConfigOptions.key("hetegen.kafka.input-topic")
            .stringType()
            .noDefaultValue()
            .withDescription("Topic that the prompts come from. Required.");

    public static final ConfigOption<String> OUTPUT_TOPIC = ConfigOptions.key("hetegen.kafka.output-topic")
            .stringType()
            .noDefaultValue()
            .withDescription("Topic that the completions go to, exactly once. Required.");

    public static final ConfigOption<String> DEAD_LETTER_TOPIC = ConfigOptions.key("hetegen.kafka.dead-letter-topic")
            .stringType()
            .noDefaultValue()
            .withDescription("Topic that prompts without a completion go to, exactly once, with the reason. Not set:"
                    + " the output topic's name with -dead-letters behind it.");

    public static final ConfigOption<String> PREVIEW_TOPIC = ConfigOptions.key("hetegen.kafka.preview-topic")
            .stringType()
            .noDefaultValue()
            .withDescription("Topic that pieces of unfinished answers go to, at least once. Not set: there are none."
                    + " Setting it turns hetegen.generate.previews.enabled on.");

    public static final ConfigOption<Format> FORMAT = ConfigOptions.key("hetegen.format")
            .enumType(Format.class)
            .defaultValue(Format.AVRO)
            .withDescription("How prompts, completions and previews are written: avro (single-object encoding) or json."
                    + " Dead letters are the original bytes in both.");

    public static final ConfigOption<Boolean> SIZE_SLOTS = ConfigOptions.key("hetegen.plan.size-slots")
            .booleanType()
            .defaultValue(true)
            .withDescription(
                    "Whether every slot of the job asks Flink for its part of what hetegen.engine.plan takes:"
                            + " cpu cores, heap, memory outside the heap, and a fraction of the external resource gpu. The"
                            + " cluster must offer them, as `hetegen plan --flink` prints. Without a plan nothing is asked for.");

    public static final ConfigOption<String> GROUP_ID = ConfigOptions.key("hetegen.kafka.group-id")
            .stringType()
            .defaultValue("hetegen")
            .withDescription("Consumer group. Its committed offsets are where a job without a savepoint starts; the"
                    + " earliest record where there are none. With a savepoint the offsets in it count.");

    public static final ConfigOption<String> TRANSACTIONAL_ID_PREFIX = ConfigOptions.key(
                    "hetegen.kafka.transactional-id-prefix")
            .stringType()
            .noDefaultValue()
            .withDescription("Name of this job's Kafka transactions. Required; must be the same after every restart, so"
                    + " that transactions that a failure left open are found and ended, and no other job of the Kafka"
                    + " cluster may have it, as the two would end each other's.");

    public static final ConfigOption<Duration> TRANSACTION_TIMEOUT = ConfigOptions.key(
                    "hetegen.kafka.transaction-timeout")
            .durationType()
            .defaultValue(Duration.ofMinutes(15))
            .withDescription("How long the broker keeps a transaction open for. Longer than checkpoint interval +"
                    + " checkpoint timeout + hetegen.kafka.tolerated-outage, and at most the broker's"
                    + " transaction.max.timeout.ms; the default is that setting's default. Until it is over, records"
                    + " behind a transaction that a lost job left open stay invisible.");

    public static final ConfigOption<Duration> TOLERATED_OUTAGE = ConfigOptions.key("hetegen.kafka.tolerated-outage")
            .durationType()
            .defaultValue(Duration.ofMinutes(2))
            .withDescription("How long the job may be down after a checkpoint without the broker giving up the"
                    + " transactions that the checkpoint counts as written. Only used to check"
                    + " hetegen.kafka.transaction-timeout.");

    public static final ConfigOption<Boolean> CREATE_TOPICS = ConfigOptions.key("hetegen.kafka.create-topics")
            .booleanType()
            .defaultValue(false)
            .withDescription("Whether topics that do not exist are created. Off by default: a typing error in a name"
                    + " should stop the start.");

    public static final ConfigOption<Integer> CREATE_TOPICS_PARTITIONS = ConfigOptions.key(
                    "hetegen.kafka.create-topics.partitions")
            .intType()
            .defaultValue(4)
            .withDescription("Partitions of topics that are created; more than this many subtasks cannot read at once."
                    + " The replication factor is the broker's default.");

    public static final ConfigOption<StopAt> STOP_AT = ConfigOptions.key("hetegen.kafka.stop-at")
            .enumType(StopAt.class)
            .defaultValue(StopAt.NEVER)
            .withDescription("never: the job waits for more prompts. latest: it answers what is in the input topic when"
                    + " it starts, and ends.");

    public static final ConfigOption<Map<String, String>> KAFKA_PROPERTIES = ConfigOptions.key(
                    "hetegen.kafka.properties")
            .mapType()
            .defaultValue(Map.of())
            .withDescription("Further settings of all Kafka clients, such as security.protocol, each as"
                    + " hetegen.kafka.properties.NAME. Those that the guarantees rest on are refused.");

    public static final ConfigOption<Integer> MAX_TOKENS = ConfigOptions.key("hetegen.generation.max-tokens")
            .intType()
            .defaultValue(GenerationDefaults.GREEDY.maxTokens())
            .withDescription("Most tokens to generate for a prompt that does not say.");

    public static final ConfigOption<Double> TEMPERATURE = ConfigOptions.key("hetegen.generation.temperature")
            .doubleType()
            .defaultValue(GenerationDefaults.GREEDY.temperature())
            .withDescription(
                    "Divides the logits, for a prompt that does not say; 0 to 100. 0, the default, always takes"
                            + " the most likely token.");

    public static final ConfigOption<Integer> TOP_K = ConfigOptions.key("hetegen.generation.top-k")
            .intType()
            .defaultValue(GenerationDefaults.GREEDY.topK())
            .withDescription("Draw among the k most likely tokens, for a prompt that does not say; 0, the default, is"
                    + " off.");

    public static final ConfigOption<Double> TOP_P = ConfigOptions.key("hetegen.generation.top-p")
            .doubleType()
            .defaultValue(GenerationDefaults.GREEDY.topP())
            .withDescription("Draw among the most likely tokens whose probabilities reach p, for a prompt that does not"
                    + " say; above 0, and 1, the default, is off.");

    public static final ConfigOption<Double> MIN_P = ConfigOptions.key("hetegen.generation.min-p")
            .doubleType()
            .defaultValue(GenerationDefaults.GREEDY.minP())
            .withDescription("Drop tokens less likely than p times the most likely one, for a prompt that does not say;"
                    + " 0, the default, is off.");

    public static final ConfigOption<Double> REPETITION_PENALTY = ConfigOptions.key(
                    "hetegen.generation.repetition-penalty")
            .doubleType()
            .defaultValue(GenerationDefaults.GREEDY.repetitionPenalty())
            .withDescription("Divides positive and multiplies negative logits of tokens seen before, for a prompt that"
                    + " does not say; above 0, and 1, the default, is off.");

    public static final ConfigOption<Double> PRESENCE_PENALTY = ConfigOptions.key("hetegen.generation.presence-penalty")
            .doubleType()
            .defaultValue(GenerationDefaults.GREEDY.presencePenalty())
            .withDescription("Subtracted once from the logits of tokens that the answer holds, for a prompt that does"
                    + " not say; -100 to 100, 0, the default, is off.");

    public static final ConfigOption<Double> FREQUENCY_PENALTY = ConfigOptions.key(
                    "hetegen.generation.frequency-penalty")
            .doubleType()
            .defaultValue(GenerationDefaults.GREEDY.frequencyPenalty())
            .withDescription("Subtracted from a token's logit for each time the answer holds it, for a prompt that does"
                    + " not say; -100 to 100, 0, the default, is off.");

    public static final ConfigOption<Long> SEED = ConfigOptions.key("hetegen.generation.seed")
            .longType()
            .defaultValue(GenerationDefaults.GREEDY.seed())
            .withDescription("Seed for a prompt that does not say. Fixed, so that a replay draws the same tokens.");

    /** Where a job ends. */
    public enum StopAt {
        NEVER,
        LATEST
    }

    private JobOptions() {}
}
