package io.hetegen.engine.tokenizer;

import java.util.Optional;

/** What a GGUF file says about a token ({@code tokenizer.ggml.token_type}). */
enum TokenType {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE;

    /** The type of a number in the file: 1 is the first. */
    static Optional<TokenType> of(int code) {
        return code >= 1 && code <= values().length ? Optional.of(values()[code - 1]) : Optional.empty();
    }

    /** Whether the token has no text of its own: it steers the model. */
    boolean silent() {
        return this == CONTROL || this == UNKNOWN;
    }
}
