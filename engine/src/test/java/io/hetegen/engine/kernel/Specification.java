package io.hetegen.engine.kernel;

import io.hetegen.engine.KvType;

/** docs/arithmetic.md once more, written from the page and not from the kernels: one plain loop for each sum. */
public final class Specification {

    private Specification() {}

    /** Section 3. */
    record QuantizedBlock(float d, int[] q) {}

    static QuantizedBlock quantize(float[] x, int from, int count) {
        float m = 0;
        boolean finite = true;
        for (int i = from; i < from + count; i++) {
            finite &= Float.isFinite(x[i]);
            m = Math.max(m, Math.abs(x[i]));
        }
        int[] q = new int[count];
        if (!finite) {
            return new QuantizedBlock(Float.NaN, q);
        }
        if (m < 0x1p-100f) {
            return new QuantizedBlock(0, q);
        }
        float f = 127 / m;
        for (int i = 0; i < count; i++) {
            float product = x[from + i] * f;
            q[i] = (int) nearestEven(product);
        }
        return new QuantizedBlock(m / 127, q);
    }

    private static double nearestEven(double x) {
        double below = Math.floor(x);
        double fraction = x - below;
        if (fraction == 0.5) {
            return below % 2 == 0 ? below : below + 1;
        }
        return fraction < 0.5 ? below : below + 1;
    }

    /** Section 1: binary32 to binary16 and back. */
    static float half(float x) {
        if (Float.isNaN(x)) {
            return x;
        }
        if (Math.abs(x) >= 65520) {
            return Math.copySign(Float.POSITIVE_INFINITY, x);
        }
        double spacing = Math.scalb(1.0, Math.max(Math.getExponent(x), -14) - 10);
        return (float) Math.copySign(nearestEven(Math.abs(x) / spacing) * spacing, x);
    }

    /** Section 9. */
    public static float[] rounded(float[] x, KvType type) {
        float[] y = x.clone();
        if (type == KvType.F16) {
            for (int i = 0; i < y.length; i++) {
                y[i] = half(y[i]);
            }
        }
        return y;
    }

    /** Section 6. */
    public static float[] rmsNorm(float[] x, float[] w, float eps) {
        int n = x.length;
        float[] p = new float[64];
        for (int i = 0; i < n; i++) {
            p[i % 64] = Math.fma(x[i], x[i], p[i % 64]);
        }
        float mean = treeSum(p) / (float) n;
        float f = 1 / (float) Math.sqrt(mean + eps);
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            y[i] = x[i] * f;
            y[i] = y[i] * w[i];
        }
        return y;
    }

    /** Section 6. */
    public static float[] layerNorm(float[] x, float[] w, float[] b, float eps) {
        int n = x.length;
        float[] p = new float[64];
        for (int i = 0; i < n; i++) {
            p[i % 64] = p[i % 64] + x[i];
        }
        float mean = treeSum(p) / (float) n;
        float[] centred = new float[n];
        float[] squares = new float[64];
        for (int i = 0; i < n; i++) {
            centred[i] = x[i] - mean;
            squares[i % 64] = Math.fma(centred[i], centred[i], squares[i % 64]);
        }
        float variance = treeSum(squares) / (float) n;
        float f = 1 / (float) Math.sqrt(variance + eps);
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            y[i] = centred[i] * f;
            y[i] = y[i] * w[i];
            y[i] = y[i] + b[i];
        }
        return y;
    }

    private static float treeSum(float[] p) {
        if (p.length == 1) {
            return p[0];
        }
        float[] sums = new float[p.length / 2];
        for (int j = 0; j < sums.length; j++) {
            sums[j] = p[j] + p[j + sums.length];
        }
        return treeSum(sums);
    }

    /** Section 7. */
    static float exp(float x) {
        if (Float.isNaN(x)) {
            return Float.NaN;
        }
        if (x < -87) {
            return 0;
        }
        if (x > 89) {
            return Float.POSITIVE_INFINITY;
        }
        float product = x * 0x1.715476p0f;
        float shifted = product + 0x1.8p23f;
        float n = shifted - 0x1.8p23f;
        float r = Math.fma(n, -0x1.7f7d1cp-20f, Math.fma(n, -0x1.62e4p-1f, x));
        float[] coefficients = {
            0x1.a01a02p-13f, 0x1.6c16c2p-10f, 0x1.111112p-7f, 0x1.555556p-5f, 0x1.555556p-3f, 0.5f, 1, 1
        };
        float p = coefficients[0];
        for (int i = 1; i < coefficients.length; i++) {
            p = Math.fma(p, r, coefficients[i]);
        }
        int e = (int) n;
        int h = Math.floorDiv(e, 2);
        return Math.scalb(1f, e - h) * (Math.scalb(1f, h) * p);
    }

    /** Section 8: the head with its leading dimensions rotated. */
    public static float[] rope(
            float[] head,
            int position,
            double theta,
            int dimensions,
            double linearFactor,
            float[] divisors,
            boolean halves) {
        float[] y = head.clone();
        for (int i = 0; i < dimensions / 2; i++) {
            double frequency = 1 / StrictMath.pow(theta, (2.0 * i) / dimensions) / (double) divisors[i];
            double angle = (position / linearFactor) * frequency;
            int first = halves ? i : 2 * i;
            int second = halves ? i + dimensions / 2 : 2 * i + 1;
            rotate(y, first, second, (float) StrictMath.cos(angle), (float) StrictMath.sin(angle));
        }
        return y;
    }

    static void rotate(float[] x, int first, int second, float c, float s) {
        float x0 = x[first];
        float x1 = x[second];
        float product = x1 * s;
        x[first] = Math.fma(x0, c, -product);
        product = x0 * s;
        x[second] = Math.fma(x1, c, product);
    }

    /**
     * Section 10 for one query head.
     *
     * @param keys rounded to the type of the cache, as the values: [position][element], those of its key-value head
     * @param t position of the query
     */
    public static float[] attention(float[] q, float[][] keys, float[][] values, int t) {
        int headDim = q.length;
        float scale = 1 / (float) Math.sqrt((float) headDim);
        float greatest = 0;
        float total = 0;
        float[] output = new float[headDim];
        for (int start = 0; start <= t; start += 64) {
            int end = Math.min(start + 64, t + 1);
            float m = Float.NEGATIVE_INFINITY;
            for (int p = start; p < end; p++) {
                float score = dot(q, keys[p]) * scale;
                m = score > m ? score : m;
            }
            float l = 0;
            float[] a = new float[headDim];
            for (int p = start; p < end; p++) {
                float e = exp(dot(q, keys[p]) * scale - m);
                l = l + e;
                for (int d = 0; d < headDim; d++) {
                    a[d] = Math.fma(e, values[p][d], a[d]);
                }
            }
            if (start == 0) {
                greatest = m;
                total = l;
                output = a;
                continue;
            }
            float both = m > greatest ? m : greatest;
            float r = exp(greatest - both);
            float s = exp(m - both);
            float old = total * r;
            total = Math.fma(l, s, old);
            for (int d = 0; d < headDim; d++) {
                old = output[d] * r;
                output[d] = Math.fma(a[d], s, old);
            }
            greatest = both;
        }
        float factor = 1 / total;
        for (int d = 0; d < headDim; d++) {
            output[d] = output[d] * factor;
        }
        return output;
    }

    private static float dot(float[] q, float[] k) {
        float[] p = new float[16];
        for (int d = 0; d < q.length; d++) {
            p[d % 16] = Math.fma(q[d], k[d], p[d % 16]);
        }
        return treeSum(p);
    }

    /** Section 11. */
    public static float swiGlu(float g, float u) {
        float below = 1 + exp(-g);
        float silu = g / below;
        return silu * u;
    }
}
