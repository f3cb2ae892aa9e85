package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;

/**
 * Rows of activations, one per token, with their quantized forms once {@link Kernels#quantize} has filled them in: in
 * blocks of 32 or of 256 columns, or both, as the weights that they meet. Owned and reused by one caller; grows and
 * never shrinks.
 */
public final class Activations {

    private int columns;
    private float[] values = new float[0];
    private final Quantized blocks = new Quantized();
    private final Quantized superblocks = new Quantized();

    private static final class Quantized {
        boolean wanted;
        byte[] quants = new byte[0];
        float[] scales = new float[0];
    }

    /** Makes room; the contents are undefined afterwards, and no quantized form is asked for. */
    public Activations resize(int tokens, int newColumns) {
        columns = newColumns;
        int length = Math.multiplyExact(tokens, columns);
        if (values.length < length) {
            values = new float[length];
        }
        blocks.wanted = false;
        superblocks.wanted = false;
        return this;
    }

    public int columns() {
        return columns;
    }

    /** [token][column] */
    public float[] values() {
        return values;
    }

    /** Asks for the form that weights of this type multiply, if they need one. The columns must be whole blocks. */
    public void resizeQuantized(DType weights) {
        if (!weights.isQuantized()) {
            return;
        }
        int block = weights.blockSize();
        Quantized form = form(block);
        form.wanted = true;
        if (form.quants.length < values.length) {
            form.quants = new byte[values.length];
            form.scales = new float[values.length / block + 1];
        }
    }

    /** Whether the form in blocks of so many columns was asked for. */
    boolean isQuantizedBy(int block) {
        return form(block).wanted;
    }

    /** [token][column] */
    byte[] quants(int block) {
        return form(block).quants;
    }

    /** [token][block] */
    float[] scales(int block) {
        return form(block).scales;
    }

    private Quantized form(int block) {
        return switch (block) {
            case 32 -> blocks;
            case 256 -> superblocks;
            default -> throw new IllegalArgumentException("there are no activations in blocks of " + block);
        };
    }
}
