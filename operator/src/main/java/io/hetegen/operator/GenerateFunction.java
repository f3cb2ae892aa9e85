package io.hetegen.operator;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineLease;
import io.hetegen.engine.GenerationResult;
import org.apache.flink.api.common.functions.AbstractRichFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.Preconditions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rich function around the engine: its settings, the decoder of records, the subtask's lease of the shared engine
 * and the metrics. {@link GenerateOperator} drives it, as Flink's {@code AsyncWaitOperator} drives a rich async
 * function; {@link GenerateStream} puts the two into a job.
 */
public class GenerateFunction extends AbstractRichFunction {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(GenerateFunction.class);

    private final PromptDecoder decoder;
    private final Configuration configuration;
    private final EngineProvider engines;

    private transient @Nullable EngineLease lease;
    private transient @Nullable GenerateMetrics metrics;

    /**
     * @param configuration values of {@link GenerateOptions}; other keys are ignored
     * @throws InvalidOptionException for a value that the job cannot start with
     */
    public GenerateFunction(PromptDecoder decoder, Configuration configuration) {
        this(decoder, configuration, EngineProvider.SHARED);
    }

    GenerateFunction(PromptDecoder decoder, Configuration configuration, EngineProvider engines) {
        GenerateSettings.from(configuration);
        this.decoder = decoder;
        this.configuration = new Configuration(configuration);
        this.engines = engines;
    }

    /** Waits until the engine is open, which happens on a thread of the engine's own: cancelling the task ends the wait. */
    @Override
    public void open(OpenContext context) throws Exception {
        GenerateSettings settings = settings();
        LOG.info("Waiting for the engine: {}", settings.engine());
        EngineLease opened = engines.acquire(settings.engine(), settings.linger());
        lease = opened;
        metrics = new GenerateMetrics(getRuntimeContext().getMetricGroup(), opened.engine());
    }

    @Override
    public void close() {
        EngineLease open = lease;
        lease = null;
        if (open != null) {
            open.close();
        }
    }

    GenerateSettings settings() {
        return GenerateSettings.from(configuration);
    }

    PromptRequest decode(Envelope envelope) {
        return decoder.decode(envelope);
    }

    Engine engine() {
        return Preconditions.checkNotNull(lease, "the function is not open").engine();
    }

    GenerateMetrics metrics() {
        return Preconditions.checkNotNull(metrics, "the function is not open");
    }

    Answer answer(InFlight inFlight, PromptRequest prompt, GenerationResult result) {
        return new Answer(
                inFlight.envelope(),
                prompt.id(),
                prompt.attributes(),
                result.text(),
                result.promptIds().size(),
                result.ids().size(),
                result.finishReason(),
                engine().model(),
                result.numerics(),
                inFlight.attempt(),
                result.timings());
    }
}
