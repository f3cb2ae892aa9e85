package io.hetegen.operator;

import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationResult;

/** What the engine's thread tells the task's thread; immutable. The ticket says which of the running sequences it is about. */
sealed interface EngineEvent {

    /** @param index of the first token of the piece in the answer */
    record Piece(long ticket, int index, String text) implements EngineEvent {}

    record Finished(long ticket, GenerationResult result) implements EngineEvent {}

    record Failed(long ticket, GenerationException failure) implements EngineEvent {}
}
