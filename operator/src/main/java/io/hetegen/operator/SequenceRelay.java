package io.hetegen.operator;

import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.SequenceListener;
import org.apache.flink.metrics.Counter;

/** Hands what the engine says about one sequence over to the task; runs on the engine's thread. */
final class SequenceRelay implements SequenceListener {

    private final EngineEvents events;
    private final Counter tokens;
    private final long ticket;
    private final int previewTokens;

    private final StringBuilder piece = new StringBuilder();
    private int pieceIndex;
    private int index;

    /**
     * @param tokens counts what is generated; thread safe
     * @param previewTokens tokens per preview, 0 for none
     * @param firstIndex number of tokens that the sequence already has
     */
    SequenceRelay(EngineEvents events, Counter tokens, long ticket, int previewTokens, int firstIndex) {
        this.events = events;
        this.tokens = tokens;
        this.ticket = ticket;
        this.previewTokens = previewTokens;
        this.index = firstIndex;
        this.pieceIndex = firstIndex;
    }

    @Override
    public void onToken(int tokenId, String text) {
        tokens.inc();
        index++;
        if (previewTokens > 0) {
            piece.append(text);
            if (index - pieceIndex >= previewTokens) {
                flush();
            }
        }
    }

    @Override
    public void onFinished(GenerationResult result) {
        flush();
        events.add(new EngineEvent.Finished(ticket, result));
    }

    @Override
    public void onFailed(GenerationException failure) {
        events.add(new EngineEvent.Failed(ticket, failure));
    }

    private void flush() {
        if (piece.length() > 0) {
            events.add(new EngineEvent.Piece(ticket, pieceIndex, piece.toString()));
            piece.setLength(0);
        }
        pieceIndex = index;
    }
}
