package io.hetegen.jobs.cli;

import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.SequenceListener;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Writes an answer's text as it comes and keeps how it ended. Used by one thread. */
final class AnswerPrinter implements SequenceListener {

    private final @Nullable PrintStream out;
    private @Nullable GenerationResult result;
    private @Nullable GenerationException failure;
    private int shown;

    /** @param out null to keep the text for the end */
    AnswerPrinter(@Nullable PrintStream out) {
        this.out = out;
    }

    @Override
    public void onToken(int tokenId, String text) {
        if (out != null && !text.isEmpty()) {
            out.print(text);
            out.flush();
            shown += text.length();
        }
    }

    @Override
    public void onFinished(GenerationResult result) {
        // What was held back as a possible stop string and was none.
        onToken(-1, result.text().substring(Math.min(shown, result.text().length())));
        this.result = result;
    }

    @Override
    public void onFailed(GenerationException failure) {
        this.failure = failure;
    }

    /** Whether the reader of the output went away, as {@code head} does; nobody wants the rest. */
    boolean readerGone() {
        return out != null && out.checkError();
    }

    GenerationResult result() {
        if (failure != null) {
            throw failure;
        }
        if (result == null) {
            throw new CommandFailure("the engine stopped without an answer");
        }
        return result;
    }
}
