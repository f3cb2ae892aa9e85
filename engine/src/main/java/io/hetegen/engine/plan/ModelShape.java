package io.hetegen.engine.plan;

import io.hetegen.engine.KvType;
import io.hetegen.engine.tensor.KvPage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The sizes of a decoder-only transformer, as far as its speed depends on them.
 *
 * @param name for people
 * @param querySize width of Q
 * @param gated whether the feed-forward network has a gate
 * @param tableBytes packed bytes of embeddings that are only looked up, and so stay with the CPU
 * @param linears in the order in which a token meets them; those of a group stand together
 */
public record ModelShape(
        String name,
        int layers,
        int hiddenSize,
        int querySize,
        int keyValueHeads,
        int headDim,
        int intermediateSize,
        boolean gated,
        int vocabularySize,
        long tableBytes,
        List<PlannedLinear> linears) {

    private static final int FINGERPRINT_BYTES = 16;

    public ModelShape {
        linears = List.copyOf(linears);
        if (layers < 1 || linears.isEmpty()) {
            throw new IllegalArgumentException("a model has layers and linears");
        }
    }

    /** Consecutive linears [first, end) of one layer and kind. */
    public record Group(int layer, GroupKind kind, int first, int end) {}

    public List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        int first = 0;
        for (int i = 1; i <= linears.size(); i++) {
            PlannedLinear before = linears.get(i - 1);
            if (i == linears.size()
                    || linears.get(i).layer() != before.layer()
                    || linears.get(i).group() != before.group()) {
                groups.add(new Group(before.layer(), before.group(), first, i));
                first = i;
            }
        }
        return groups;
    }

    /** Packed bytes of all linears. */
    public long weightBytes() {
        return linears.stream().mapToLong(linear -> linear.shape().bytes()).sum();
    }

    /** Of one layer, with whole pages for so many positions. */
    public long kvBytesPerLayer(KvType type, int positions) {
        int pages = (positions - 1) / KvPage.POSITIONS + 1;
        return pages * KvPage.bytes(type, keyValueHeads, headDim);
    }

    public int keyValueSize() {
        return keyValueHeads * headDim;
    }

    /**
     * Working memory of a forward pass, with the model's {@link #vectorSize vectors}.
     *
     * @param positions that a token may attend to: what attention adds up in parts takes the place of what the MLP expands
     */
    public long activationBytes(int tokens, long positions) {
        long expanded = (gated ? 3L : 2L) * intermediateSize * tokens;
        long chunks = positions / KvPage.POSITIONS + 1;
        long parts = chunks * (querySize / headDim) * (headDim + 2L) + chunks;
        long perToken = 3L * hiddenSize + 2L * querySize + 2L * keyValueSize();
        return Float.BYTES * (tokens * perToken + Math.max(expanded, parts) + vocabularySize + vectorSize());
    }

    /** Elements of norms and biases, as if there were all that some family has. */
    private long vectorSize() {
        long norms = 2L * hiddenSize * (2L * layers + 1) + 2L * headDim * layers;
        return norms
                + linears.stream().mapToLong(linear -> linear.shape().rows()).sum();
    }

    /** Equal for models of equal sizes and types: a plan depends on nothing else. 32 hex digits. */
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(List.of(
                            layers,
                            hiddenSize,
                            querySize,
                            keyValueHeads,
                            headDim,
                            intermediateSize,
                            gated,
                            vocabularySize,
                            tableBytes,
                            linears)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), FINGERPRINT_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
