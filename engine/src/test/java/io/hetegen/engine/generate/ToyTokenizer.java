package io.hetegen.engine.generate;

import io.hetegen.engine.tokenizer.TextPiece;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Letters, some pairs of letters, and the two halves of an umlaut; {@code <s>} and {@code </s>} are special. */
final class ToyTokenizer implements Tokenizer {

    static final int BEGIN = 0;
    static final int END = 1;
    static final int FIRST_HALF = 2;
    static final int SECOND_HALF = 3;
    private static final List<String> TEXTS = List.of(
            "<s>", "</s>", "", "", "a", "b", "c", "d", "e", " ", "ab", "cd", "bc", "dea", "ee", "x", "y", "z", "xyz",
            "<", "s", ">", "/");
    static final int SIZE = TEXTS.size();

    private final boolean addsBegin;
    private final Set<Integer> endTokens;

    ToyTokenizer(boolean addsBegin) {
        this(addsBegin, Set.of(END));
    }

    private ToyTokenizer(boolean addsBegin, Set<Integer> endTokens) {
        this.addsBegin = addsBegin;
        this.endTokens = endTokens;
    }

    /** No token ends an answer. */
    static ToyTokenizer endless() {
        return new ToyTokenizer(false, Set.of());
    }

    @Override
    public int vocabularySize() {
        return SIZE;
    }

    @Override
    public List<Integer> encode(List<TextPiece> pieces, boolean addSpecial) {
        List<Integer> ids = new ArrayList<>(addSpecial && addsBegin ? List.of(BEGIN) : List.of());
        for (TextPiece piece : pieces) {
            String rest = piece.text();
            while (!rest.isEmpty()) {
                int id = longestPrefix(rest, piece.parseSpecial());
                ids.add(id);
                rest = rest.substring(TEXTS.get(id).length());
            }
        }
        return ids;
    }

    private static int longestPrefix(String text, boolean special) {
        int best = -1;
        for (int id = special ? 0 : 4; id < SIZE; id++) {
            String candidate = TEXTS.get(id);
            boolean longer = best < 0 || candidate.length() > TEXTS.get(best).length();
            if (!candidate.isEmpty() && text.startsWith(candidate) && longer) {
                best = id;
            }
        }
        if (best < 0) {
            throw new IllegalArgumentException("no token for " + text);
        }
        return best;
    }

    @Override
    public String decode(List<Integer> ids, boolean skipSpecial) {
        StringBuilder text = new StringBuilder();
        ids.forEach(id -> text.append(new String(tokenBytes(id), StandardCharsets.ISO_8859_1)));
        return new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Override
    public byte[] tokenBytes(int id) {
        return switch (id) {
            case BEGIN, END -> new byte[0];
            case FIRST_HALF -> new byte[] {(byte) 0xc3};
            case SECOND_HALF -> new byte[] {(byte) 0xa4};
            default -> TEXTS.get(id).getBytes(StandardCharsets.UTF_8);
        };
    }

    @Override
    public Set<Integer> endTokens() {
        return endTokens;
    }

    @Override
    public OptionalInt bosToken() {
        return OptionalInt.of(BEGIN);
    }

    @Override
    public OptionalInt eosToken() {
        return OptionalInt.of(END);
    }

    @Override
    public String tokenText(int id) {
        return TEXTS.get(id);
    }

    @Override
    public int maxTokenBytes() {
        return 4;
    }
}
