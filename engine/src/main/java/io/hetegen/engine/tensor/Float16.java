package io.hetegen.engine.tensor;

/** IEEE 754 binary16 and bfloat16 to and from binary32, rounding to nearest even; NaN stays NaN, whatever its payload. */
public final class Float16 {

    private static final float TWO_TO_112 = 0x1p112f;

    private Float16() {}

    /** Exact for every value, subnormals included. */
    public static float toFloat(short half) {
        int magnitude = half & 0x7fff;
        int sign = (half & 0x8000) << 16;
        if (magnitude >= 0x7c00) {
            return Float.intBitsToFloat(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
        }
        // Read as binary32 the bits are 2^112 times too small, subnormals too; the product is exact.
        float value = Float.intBitsToFloat(magnitude << 13) * TWO_TO_112;
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) | sign);
    }

    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 0x47800000) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x38800000) {
            // Below the smallest normal half: adding 1/2 leaves multiples of 2^-24, rounded by the hardware.
            int rounded = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f);
            return (short) (sign | rounded - 0x3f000000);
        }
        int odd = magnitude >>> 13 & 1;
        return (short) (sign | (magnitude + 0xfff + odd - 0x38000000) >>> 13);
    }

    public static float bfloatToFloat(short bfloat) {
        return Float.intBitsToFloat(bfloat << 16);
    }

    public static short bfloatFromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
