package io.hetegen.jobs.kafka;

import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.jobs.serde.Format;
import io.hetegen.jobs.serde.OneLine;
import io.hetegen.operator.Answer;
import io.hetegen.schemas.Completion;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as a completion record: the input's key byte for byte, the input's headers and the job's, and a value
 * that is equal in every replay. What is larger than the topic takes is cut and says so.
 */
final class CompletionSerializer implements KafkaRecordSerializationSchema<Answer> {

    private static final long serialVersionUID = 1L;
    // A model file names itself, and may do so at any length.
    private static final int MAX_MODEL_NAME = 256;

    private final String topic;
    private final SizeLimit limit;
    private final CompletionFitter fitter;
    private final SinkCounter truncated = new SinkCounter("hetegen.truncatedCompletions");

    CompletionSerializer(String topic, SizeLimit limit, Format format) {
        this.topic = topic;
        this.limit = limit;
        this.fitter = new CompletionFitter(format.outputEncoder());
    }

    @Override
    public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
        truncated.open(context);
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Answer answer, KafkaSinkContext context, @Nullable Long timestamp) {
        Headers own = OutputHeaders.origin(answer.envelope(), answer.attempt());
        GenerationResult.Timings timings = answer.timings();
        OutputHeaders.add(own, OutputHeaders.QUEUED_MILLIS, TimeUnit.NANOSECONDS.toMillis(timings.queuedNanos()));
        OutputHeaders.add(own, OutputHeaders.PREFILL_MILLIS, TimeUnit.NANOSECONDS.toMillis(timings.prefillNanos()));
        OutputHeaders.add(own, OutputHeaders.DECODE_MILLIS, TimeUnit.NANOSECONDS.toMillis(timings.decodeNanos()));
        RecordFrame frame = RecordFrame.fit(answer.envelope(), own, limit);
        CompletionFitter.Fitted value = fitter.fit(completion(answer), frame.roomForValue());
        if (frame.cut() || value.cut()) {
            truncated.inc();
        }
        return frame.record(topic, value.bytes());
    }

    private static Completion completion(Answer answer) {
        ModelInfo model = answer.model();
        return Completion.newBuilder()
                .setId(answer.id())
                .setText(answer.text())
                .setPromptTokens(answer.promptTokens())
                .setGeneratedTokens(answer.generatedTokens())
                .setFinishReason(answer.finishReason().label())
                .setModel(OneLine.of(model.name(), MAX_MODEL_NAME))
                .setFingerprint(model.fingerprint())
                .setNumerics(answer.numerics().label())
                .setArithmeticVersion(model.arithmeticVersion())
                .setAttributes(answer.attributes())
                .build();
    }
}
