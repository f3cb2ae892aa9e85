package io.hetegen.engine;

import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.generate.EngineOpening;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.function.DoubleConsumer;

/**
 * A loaded model that generates token by token for many sequences at once.
 *
 * <p>{@link #submit} and {@link #resume} may be called from any thread; {@link #step} is called by one driver thread
 * (see {@link EngineDriver}) and advances all active sequences together. The tokens of an answer depend on the model,
 * the request and {@link ModelInfo#arithmeticVersion()} only: not on the batch, the chunking, the hardware or a resume.
 * Only where {@link Numerics#FAST} was asked for, and the answer says that it made it, they may.
 */
public interface Engine extends AutoCloseable {

    /**
     * Reads, checks and packs a model, and gives a GPU its part.
     *
     * @throws ModelException if the file cannot be read, is malformed or describes a model this engine does not run
     */
    static Engine open(EngineOptions options) {
        return open(options, done -> {});
    }

    /**
     * As {@link #open(EngineOptions)}.
     *
     * @param measuring is told which part is done, from 0 to 1, while a GPU is measured, if it is
     */
    static Engine open(EngineOptions options, DoubleConsumer measuring) {
        return EngineOpening.open(options, measuring);
    }

    ModelInfo model();

    Tokenizer tokenizer();

    /** The model's chat template; empty for a base model without one. */
    Optional<ChatTemplate> chatTemplate();

    /**
     * Checks and tokenizes the request on the calling thread and queues it.
     *
     * @throws InvalidRequestException if the request can never be served by this model; nothing is queued
     */
    Sequence submit(GenerationRequest request, SequenceListener listener);

    /**
     * Queues a sequence that continues where the snapshot was taken. Its key-value cache is rebuilt by a prefill of
     * prompt and generated tokens, which gives the same bits as an uninterrupted run if all of it is reproducible.
     *
     * @throws SnapshotMismatchException if the snapshot is of another model or another arithmetic version
     */
    Sequence resume(SequenceSnapshot snapshot, SequenceListener listener);

    /**
     * Advances every active sequence by one token or one prefill chunk and calls the listeners.
     *
     * @return whether work is left
     */
    boolean step();

    EngineStats stats();

    /**
     * From the next step on the GPU holds at most so many bytes for this engine: weights that gain least are given back
     * first, and come back when there is room. May be called from any thread; without a GPU nothing changes.
     */
    void setGpuBudget(long bytes);

    /**
     * Frees the weights. Sequences that are still active end with {@link SequenceListener#onFailed} and an
     * {@link EngineClosedException}.
     */
    @Override
    void close();
}
