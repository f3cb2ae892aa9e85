package io.hetegen.engine.plan;

/** What the planner may do. The last three are what others do, for comparison. */
public enum Strategy {
    /** Every linear split three ways. */
    HETEGEN,
    /** Whole layers in the GPU's memory, the others on the CPU, taking turns: llama.cpp's {@code -ngl}. */
    LAYERS,
    /** The GPU multiplies everything; what does not fit into its memory is streamed: FlexGen, Accelerate. */
    STREAM,
    /** No GPU. */
    CPU
}
