package io.hetegen.engine.kernel;

/**
 * Rows of activations, one per token, with their quantized form once {@link Kernels#quantize} has filled it in. Owned
 * and reused by one caller; grows and never shrinks.
 */
public final class Activations {

    private int columns;
    private float[] values = new float[0];
    private byte[] quants = new byte[0];
    private float[] scales = new float[0];

    /** Makes room; the contents are undefined afterwards. */
    public Activations resize(int tokens, int newColumns) {
        columns = newColumns;
        int length = Math.multiplyExact(tokens, columns);
        if (values.length < length) {
            values = new float[length];
        }
        return this;
    }

    public int columns() {
        return columns;
    }

    /** [token][column] */
    public float[] values() {
        return values;
    }

    /** Makes room for the quantized form of rows whose length is a multiple of the block. */
    public void resizeQuantized() {
        if (quants.length < values.length) {
            quants = new byte[values.length];
            scales = new float[values.length / Arithmetic.ACTIVATION_BLOCK + 1];
        }
    }

    /** [token][column] */
    byte[] quants() {
        return quants;
    }

    /** [token][block] */
    float[] scales() {
        return scales;
    }
}
