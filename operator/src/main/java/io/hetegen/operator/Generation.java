package io.hetegen.operator;

import io.hetegen.engine.Sequence;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.operator.AdmissionOrder.Entry;
import io.hetegen.operator.InFlight.Generating;
import java.util.Optional;

/** A record in the engine. */
final class Generation {

    private static final int NOT_OF_THIS_SEQUENCE = -1;

    final Entry entry;
    final InFlight inFlight;
    final PromptRequest prompt;
    private final Sequence sequence;
    private int tokensInState;

    Generation(Entry entry, InFlight inFlight, PromptRequest prompt, Sequence sequence) {
        this.entry = entry;
        this.inFlight = inFlight;
        this.prompt = prompt;
        this.sequence = sequence;
        // A snapshot in state may be one that did not fit: the first of this sequence replaces it in any case.
        this.tokensInState = inFlight.progress() instanceof Generating ? NOT_OF_THIS_SEQUENCE : 0;
    }

    /** What state must hold instead of what it holds; empty if nothing was generated since the last call. */
    Optional<InFlight> moved() {
        SequenceSnapshot snapshot = sequence.snapshot();
        int tokens = snapshot.generatedIds().size();
        if (tokens == tokensInState) {
            return Optional.empty();
        }
        tokensInState = tokens;
        return Optional.of(inFlight.with(new Generating(snapshot.toBytes())));
    }

    Preview preview(EngineEvent.Piece piece) {
        return new Preview(inFlight.envelope().key(), prompt.id(), piece.index(), piece.text(), inFlight.attempt());
    }

    void cancel() {
        sequence.cancel();
    }
}
