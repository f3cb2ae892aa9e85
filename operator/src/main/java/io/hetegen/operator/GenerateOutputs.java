package io.hetegen.operator;

import org.apache.flink.util.OutputTag;

/** The side outputs of the operator. */
public final class GenerateOutputs {

    public static final OutputTag<DeadLetter> DEAD_LETTERS =
            new OutputTag<>("dead-letters", new BinaryTypeInfo<>(DeadLetter.class, DeadLetterSerializer.INSTANCE));
    public static final OutputTag<Preview> PREVIEWS =
            new OutputTag<>("previews", new BinaryTypeInfo<>(Preview.class, PreviewSerializer.INSTANCE));

    private GenerateOutputs() {}
}
