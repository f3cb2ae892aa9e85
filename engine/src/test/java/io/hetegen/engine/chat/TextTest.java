package io.hetegen.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.tokenizer.TextPiece;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TextTest {

    /** The template writes letters, the conversation digits: after any operations every character still knows its origin. */
    @Test
    void everyCharacterKeepsItsOrigin() {
        Random random = new Random(3);
        Budget budget = new Budget();
        for (int run = 0; run < 5_000; run++) {
            Text text = Text.EMPTY;
            for (int step = 0; step < 12; step++) {
                Text other = random.nextBoolean()
                        ? Text.ofTemplate(random(random, "aB c"))
                        : Text.ofContent(random(random, "12 3"));
                int cut = random.nextInt(text.length() + 1);
                text = switch (random.nextInt(8)) {
                    case 0 -> text.slice(cut, text.length());
                    case 1 ->
                        new TextBuilder()
                                .append(text.slice(0, cut))
                                .append(other)
                                .append(text.slice(cut, text.length()))
                                .build();
                    case 2 -> PythonStrings.strip(text, Values.NONE, true, true);
                    case 3 -> PythonStrings.upper(text);
                    case 4 -> PythonStrings.replace(budget, text, Text.ofTemplate("2"), other, -1);
                    case 5 -> Filters.join(budget, PythonStrings.split(text, Text.ofTemplate("B"), -1), other);
                    case 6 -> Filters.join(budget, PythonStrings.splitAtBlanks(text, 2), other);
                    default -> (Text) Operators.apply(budget, "+", text, other);
                };
                List<TextPiece> pieces = text.pieces();
                assertThat(pieces.stream().map(TextPiece::text).collect(Collectors.joining()))
                        .isEqualTo(text.value());
                for (TextPiece piece : pieces) {
                    assertThat(piece.text()).matches(piece.parseSpecial() ? "[a-zA-Z ]+" : "[1-3 ]+");
                }
            }
            budget = new Budget();
        }
    }

    @Test
    void neighboursOfOneOriginAreOnePiece() {
        Text text = new TextBuilder()
                .append("a", false)
                .append("b", false)
                .append("", true)
                .append("c", false)
                .append("1", true)
                .append("2", true)
                .build();
        assertThat(text.pieces()).containsExactly(new TextPiece("abc", true), new TextPiece("12", false));
    }

    private static String random(Random random, String alphabet) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            out.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return out.toString();
    }
}
