package io.hetegen.engine.plan;

/** Linears that share an input, start together and join once. */
public enum GroupKind {
    QUERY_KEY_VALUE("qkv"),
    ATTENTION_OUTPUT("o"),
    /** Gate and up, or up alone. */
    MLP_EXPANSION("up"),
    MLP_DOWN("down"),
    /** The output matrix, after the last layer. */
    OUTPUT("output");

    private final String label;

    GroupKind(String label) {
        this.label = label;
    }

    /** For tables and timelines. */
    public String label() {
        return label;
    }
}
