/* The exponential function, norms and activations. Loads and stores are of whole vectors: arrays have room for them. */

/* docs/arithmetic.md, "exp". */
INLINE lanes lanes_exp(lanes x) {
    const lanes round = lanes_set(0x1.8p23f);
    lanes n = lanes_sub(lanes_add(lanes_mul(x, lanes_set(0x1.715476p0f)), round), round);
    lanes r = lanes_fma(n, lanes_set(-0x1.7f7d1cp-20f), lanes_fma(n, lanes_set(-0x1.62e4p-1f), x));
    lanes p = lanes_fma(lanes_set(0x1.a01a02p-13f), r, lanes_set(0x1.6c16c2p-10f));
    p = lanes_fma(p, r, lanes_set(0x1.111112p-7f));
    p = lanes_fma(p, r, lanes_set(0x1.555556p-5f));
    p = lanes_fma(p, r, lanes_set(0x1.555556p-3f));
    p = lanes_fma(p, r, lanes_set(0x1p-1f));
    p = lanes_fma(p, r, lanes_set(1));
    p = lanes_fma(p, r, lanes_set(1));
    ints exponent = ints_rounded(n);
    ints half = ints_halved(exponent);
    lanes result =
        lanes_mul(lanes_mul(p, lanes_power_of_two(half)), lanes_power_of_two(ints_sub(exponent, half)));
    result = lanes_if_less(x, lanes_set(-87), lanes_set(0), result);
    return lanes_if_less(lanes_set(89), x, lanes_set(__builtin_inff()), result);
}

static void swiglu(const float *gate, const float *up, int count, float *y) {
    for (int i = 0; i < count; i += LANES) {
        lanes g = lanes_load(gate + i);
        lanes sigmoid = lanes_add(lanes_set(1), lanes_exp(lanes_sub(lanes_set(0), g)));
        lanes_store(y + i, lanes_mul(lanes_div(g, sigmoid), lanes_load(up + i)));
    }
}

/* x is followed by zeros up to a multiple of 64: they leave every partial sum as it is, since none is -0. */
static void rms_norm(const float *x, const float *weight, int size, float eps, float *y) {
    lanes p0 = lanes_set(0), p1 = p0, p2 = p0, p3 = p0;
    for (int i = 0; i < size; i += 4 * LANES) {
        lanes x0 = lanes_load(x + i);
        lanes x1 = lanes_load(x + i + LANES);
        lanes x2 = lanes_load(x + i + 2 * LANES);
        lanes x3 = lanes_load(x + i + 3 * LANES);
        p0 = lanes_fma(x0, x0, p0);
        p1 = lanes_fma(x1, x1, p1);
        p2 = lanes_fma(x2, x2, p2);
        p3 = lanes_fma(x3, x3, p3);
    }
    float partials[LANES];
    lanes_store(partials, lanes_add(lanes_add(p0, p2), lanes_add(p1, p3)));
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            partials[i] += partials[i + width];
        }
    }
    lanes factor = lanes_set(1 / __builtin_sqrtf(partials[0] / (float)size + eps));
    for (int i = 0; i < size; i += LANES) {
        lanes_store(y + i, lanes_mul(lanes_mul(lanes_load(x + i), factor), lanes_load(weight + i)));
    }
}
