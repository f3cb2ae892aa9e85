package io.hetegen.jobs;

import io.hetegen.engine.InvalidRequestException;
import io.hetegen.jobs.kafka.KafkaSettings;
import io.hetegen.jobs.serde.Format;
import io.hetegen.jobs.serde.GenerationDefaults;
import io.hetegen.operator.CheckedOptions;
import io.hetegen.operator.InvalidOptionException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** The checked values of {@link JobOptions}. */
record JobSettings(KafkaSettings kafka, Format format, GenerationDefaults defaults, boolean sizeSlots) {

    /** What the job sets on Kafka clients itself, because its guarantees rest on it. */
    private static final Set<String> OWN_PROPERTIES = Set.of(
            "acks",
            "auto.offset.reset",
            "bootstrap.servers",
            "enable.auto.commit",
            "enable.idempotence",
            "group.id",
            "isolation.level",
            "key.deserializer",
            "key.serializer",
            "max.request.size",
            "transaction.timeout.ms",
            "transactional.id",
            "value.deserializer",
            "value.serializer");

    /** @throws InvalidOptionException for the first value that is missing, malformed, unknown or out of its range */
    static JobSettings from(Configuration config) {
        refuseUnknownKeys(config);
        return new JobSettings(
                kafka(config),
                CheckedOptions.get(JobOptions.FORMAT, config),
                defaults(config),
                CheckedOptions.get(JobOptions.SIZE_SLOTS, config));
    }

    private static KafkaSettings kafka(Configuration config) {
        String input = topic(JobOptions.INPUT_TOPIC, config);
        String output = topic(JobOptions.OUTPUT_TOPIC, config);
        KafkaSettings kafka = new KafkaSettings(
                required(JobOptions.BOOTSTRAP_SERVERS, "give host:port of a broker", config),
                input,
                output,
                optionalTopic(JobOptions.DEAD_LETTER_TOPIC, config).orElse(output + "-dead-letters"),
                optionalTopic(JobOptions.PREVIEW_TOPIC, config),
                required(JobOptions.GROUP_ID, "name the consumer group", config),
                required(
                        JobOptions.TRANSACTIONAL_ID_PREFIX,
                        "choose a name that this job keeps and no other job of the Kafka cluster has",
                        config),
                positive(JobOptions.TRANSACTION_TIMEOUT, config),
                notNegative(JobOptions.TOLERATED_OUTAGE, config),
                CheckedOptions.get(JobOptions.CREATE_TOPICS, config),
                CheckedOptions.atLeast(1, "4 is usual", JobOptions.CREATE_TOPICS_PARTITIONS, config),
                CheckedOptions.get(JobOptions.STOP_AT, config) == JobOptions.StopAt.LATEST,
                properties(config));
        checkDistinct(kafka);
        return kafka;
    }

    private static void checkDistinct(KafkaSettings kafka) {
        checkDiffers(JobOptions.OUTPUT_TOPIC, kafka.outputTopic(), JobOptions.INPUT_TOPIC, kafka.inputTopic());
        checkDiffers(JobOptions.DEAD_LETTER_TOPIC, kafka.deadLetterTopic(), JobOptions.INPUT_TOPIC, kafka.inputTopic());
        checkDiffers(
                JobOptions.DEAD_LETTER_TOPIC, kafka.deadLetterTopic(), JobOptions.OUTPUT_TOPIC, kafka.outputTopic());
        kafka.previewTopic().ifPresent(preview -> {
            checkDiffers(JobOptions.PREVIEW_TOPIC, preview, JobOptions.INPUT_TOPIC, kafka.inputTopic());
            checkDiffers(JobOptions.PREVIEW_TOPIC, preview, JobOptions.OUTPUT_TOPIC, kafka.outputTopic());
            checkDiffers(JobOptions.PREVIEW_TOPIC, preview, JobOptions.DEAD_LETTER_TOPIC, kafka.deadLetterTopic());
        });
    }

    private static void checkDiffers(
            ConfigOption<String> option, String topic, ConfigOption<String> other, String name) {
        if (topic.equals(name)) {
            throw new InvalidOptionException(
                    option, topic, "must differ from " + other.key(), "give each kind of record a topic of its own");
        }
    }

    private static GenerationDefaults defaults(Configuration config) {
        try {
            return new GenerationDefaults(
                    CheckedOptions.get(JobOptions.MAX_TOKENS, config),
                    CheckedOptions.get(JobOptions.TEMPERATURE, config),
                    CheckedOptions.get(JobOptions.TOP_K, config),
                    CheckedOptions.get(JobOptions.TOP_P, config),
                    CheckedOptions.get(JobOptions.MIN_P, config),
                    CheckedOptions.get(JobOptions.REPETITION_PENALTY, config),
                    CheckedOptions.get(JobOptions.PRESENCE_PENALTY, config),
                    CheckedOptions.get(JobOptions.FREQUENCY_PENALTY, config),
                    CheckedOptions.get(JobOptions.SEED, config));
        } catch (InvalidRequestException e) {
            // The message begins with the parameter's name in records: maxTokens is hetegen.generation.max-tokens.
            String message = String.valueOf(e.getMessage());
            String key = message.substring(0, message.indexOf(' '))
                    .replaceAll("([A-Z])", "-$1")
                    .toLowerCase(Locale.ROOT);
            throw new InvalidOptionException(
                    "hetegen.generation." + key + " cannot be used: " + message + "; correct it or leave it out", e);
        }
    }

    private static Map<String, String> properties(Configuration config) {
        Map<String, String> properties = CheckedOptions.get(JobOptions.KAFKA_PROPERTIES, config);
        for (Map.Entry<String, String> property : properties.entrySet()) {
            if (OWN_PROPERTIES.contains(property.getKey())) {
                throw new InvalidOptionException(
                        "hetegen.kafka.properties." + property.getKey() + " is " + property.getValue()
                                + ", but the job sets it itself, as its guarantees rest on it: leave it out");
            }
        }
        return properties;
    }

    private static void refuseUnknownKeys(Configuration config) {
        Set<String> known = new TreeSet<>();
        OptionsList.all().forEach(option -> known.add(option.key()));
        for (String key : config.keySet()) {
            if (key.startsWith("hetegen.")
                    && !known.contains(key)
                    && !key.startsWith(JobOptions.KAFKA_PROPERTIES.key() + ".")) {
                throw new InvalidOptionException(
                        key + " is not an option of this job: correct its name; the options are "
                                + String.join(", ", known));
            }
        }
    }

    private static String topic(ConfigOption<String> option, Configuration config) {
        return checkTopic(option, required(option, "name a Kafka topic", config));
    }

    private static Optional<String> optionalTopic(ConfigOption<String> option, Configuration config) {
        return config.getOptional(option).map(name -> checkTopic(option, name));
    }

    private static String checkTopic(ConfigOption<String> option, String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,249}") || List.of(".", "..").contains(name)) {
            throw new InvalidOptionException(
                    option,
                    name,
                    "must be 1 to 249 letters, digits, '.', '_' or '-'",
                    "give the name of a Kafka topic");
        }
        return name;
    }

    private static String required(ConfigOption<String> option, String remedy, Configuration config) {
        String value = config.getOptional(option).orElse(option.hasDefaultValue() ? option.defaultValue() : "");
        if (value.isBlank()) {
            throw new InvalidOptionException(option, "not set", "is required", remedy);
        }
        return value;
    }

    private static Duration positive(ConfigOption<Duration> option, Configuration config) {
        Duration value = CheckedOptions.get(option, config);
        if (value.toMillis() <= 0) {
            throw new InvalidOptionException(option, value, "must be longer than 0 s", "15 min is usual");
        }
        return value;
    }

    private static Duration notNegative(ConfigOption<Duration> option, Configuration config) {
        Duration value = CheckedOptions.get(option, config);
        if (value.isNegative()) {
            throw new InvalidOptionException(option, value, "must not be negative", "2 min is usual");
        }
        return value;
    }
}
