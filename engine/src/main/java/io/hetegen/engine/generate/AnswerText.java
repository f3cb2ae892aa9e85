package io.hetegen.engine.generate;

import io.hetegen.engine.tokenizer.IncrementalText;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.List;

/** The text of an answer, token by token: whole characters only, up to the first stop string. Not thread safe. */
final class AnswerText {

    private final IncrementalText characters;
    private final StopStrings stops;
    private final StringBuilder text = new StringBuilder();

    AnswerText(Tokenizer tokenizer, List<String> stops) {
        this.characters = new IncrementalText(tokenizer);
        this.stops = new StopStrings(stops);
    }

    /** The text that is certain now; the returned pieces, that of {@link #finish} included, make the whole. */
    String add(int id) {
        return append(stops.add(characters.add(id)));
    }

    boolean stopped() {
        return stops.stopped();
    }

    /** What was held back, when no token will follow. */
    String finish() {
        return append(stops.add(characters.flush()) + stops.flush());
    }

    String text() {
        return text.toString();
    }

    private String append(String piece) {
        text.append(piece);
        return piece;
    }
}
