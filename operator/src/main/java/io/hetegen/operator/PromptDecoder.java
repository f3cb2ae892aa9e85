package io.hetegen.operator;

import io.hetegen.engine.InvalidRequestException;
import java.io.Serializable;

/** Reads a prompt from the bytes of an input record. */
@FunctionalInterface
public interface PromptDecoder extends Serializable {

    /**
     * @param envelope with a value that is not null
     * @throws UndecodableRecordException if the bytes are not a prompt record
     * @throws InvalidRequestException if they are, with a parameter out of its range
     */
    PromptRequest decode(Envelope envelope);
}
