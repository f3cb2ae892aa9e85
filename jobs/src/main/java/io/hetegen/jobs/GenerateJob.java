package io.hetegen.jobs;

import io.hetegen.jobs.kafka.KafkaEnds;
import io.hetegen.jobs.kafka.TransactionBudget;
import io.hetegen.operator.Answer;
import io.hetegen.operator.Envelope;
import io.hetegen.operator.GenerateFunction;
import io.hetegen.operator.GenerateOptions;
import io.hetegen.operator.GenerateOutputs;
import io.hetegen.operator.GenerateStream;
import io.hetegen.operator.InvalidOptionException;
import io.hetegen.operator.MissingEngineException;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main job: prompts from a Kafka topic become completions on another, exactly once.
 *
 * <pre>
 *   input topic -> source -> keyBy(record key) -> GenerateOperator -+-> completions   (exactly once)
 *                                                                   +-> dead letters  (exactly once)
 *                                                                   +-> previews      (at least once)
 * </pre>
 *
 * Every operator has a fixed uid: a savepoint of this job starts a later version of it. This class links without the
 * engine, so that its absence is told in a sentence.
 */
public final class GenerateJob {

    static final String SOURCE_UID = "hetegen-prompts";
    static final String COMPLETIONS_UID = "hetegen-completions";
    static final String DEAD_LETTERS_UID = "hetegen-dead-letters";
    static final String PREVIEWS_UID = "hetegen-previews";

    private static final Logger LOG = LoggerFactory.getLogger(GenerateJob.class);
    // So that an empty partition does not hold the watermark for ever.
    private static final Duration IDLENESS = Duration.ofMinutes(1);

    private GenerateJob() {}

    /**
     * Arguments: {@code --config FILE} (YAML or properties), {@code --plan FILE} (from {@code hetegen plan -o}) and
     * {@code --key value} for single options.
     */
    public static void main(String[] args) throws Exception {
        MissingEngineException.check(GenerateJob.class.getClassLoader());
        Configuration config = JobArguments.parse(args);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        build(env, config);
        env.execute("HeteGen: " + config.get(JobOptions.INPUT_TOPIC) + " to " + config.get(JobOptions.OUTPUT_TOPIC));
    }

    /**
     * Checks every setting of the job and its operator, without asking the broker.
     *
     * @throws InvalidOptionException for a value that the job cannot start with
     */
    public static void check(Configuration config) {
        JobSettings settings = JobSettings.from(config);
        function(config, settings);
    }

    /**
     * Puts the job into {@code env}, after every setting was checked and the broker was asked for topics and limits.
     *
     * @param config values of {@link JobOptions}, {@link GenerateOptions} and Flink's own options
     * @return how long transactions stay open, as agreed with the broker
     * @throws InvalidOptionException for a value that the job cannot start with
     * @throws io.hetegen.jobs.kafka.TopicException if the broker does not answer or does not fit
     */
    public static TransactionBudget build(StreamExecutionEnvironment env, Configuration config)
            throws InterruptedException {
        JobSettings settings = JobSettings.from(config);
        GenerateFunction function = function(config, settings);
        env.configure(FlinkSettings.merged(env.getConfiguration(), config));
        CheckpointConfig checkpoints = FlinkSettings.checked(env.getCheckpointConfig());

        if (settings.sizeSlots()) {
            SlotPlan.register(env, config.get(GenerateOptions.PLAN));
        }
        KafkaEnds kafka = KafkaEnds.open(
                settings.kafka(),
                Duration.ofMillis(checkpoints.getCheckpointInterval()),
                Duration.ofMillis(checkpoints.getCheckpointTimeout()));
        LOG.info("{}", kafka.budget());

        DataStream<Envelope> prompts = env.fromSource(
                        kafka.source(),
                        WatermarkStrategy.<Envelope>forMonotonousTimestamps().withIdleness(IDLENESS),
                        SOURCE_UID,
                        TypeInformation.of(Envelope.class))
                .uid(SOURCE_UID);
        SingleOutputStreamOperator<Answer> answers = GenerateStream.generate(prompts, function);
        answers.sinkTo(kafka.completions(settings.format()))
                .uid(COMPLETIONS_UID)
                .name(COMPLETIONS_UID);
        answers.getSideOutput(GenerateOutputs.DEAD_LETTERS)
                .sinkTo(kafka.deadLetters())
                .uid(DEAD_LETTERS_UID)
                .name(DEAD_LETTERS_UID);
        kafka.previews(settings.format())
                .ifPresent(sink -> answers.getSideOutput(GenerateOutputs.PREVIEWS)
                        .sinkTo(sink)
                        .uid(PREVIEWS_UID)
                        .name(PREVIEWS_UID));
        return kafka.budget();
    }

    private static GenerateFunction function(Configuration config, JobSettings settings) {
        Configuration options = new Configuration(config);
        options.set(GenerateOptions.PREVIEWS, settings.kafka().previewTopic().isPresent());
        return new GenerateFunction(settings.format().promptDecoder(settings.defaults()), options);
    }
}
