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

/* The tree over the 64 partial sums of a norm. */
INLINE float tree_sum(const lanes *partials) {
    float sums[LANES];
    lanes_store(sums, lanes_add(lanes_add(partials[0], partials[2]), lanes_add(partials[1], partials[3])));
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            sums[i] += sums[i + width];
        }
    }
    return sums[0];
}

/* Of a row that is followed by zeros up to a multiple of 64: they leave every partial sum as it is, since none is -0. */
INLINE float row_sum(const float *x, int size, const int squares) {
    lanes partials[4] = {lanes_set(0), lanes_set(0), lanes_set(0), lanes_set(0)};
    for (int i = 0; i < size; i += 4 * LANES) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            lanes element = lanes_load(x + i + j * LANES);
            partials[j] = squares ? lanes_fma(element, element, partials[j]) : lanes_add(partials[j], element);
        }
    }
    return tree_sum(partials);
}

/* x is followed by zeros up to a multiple of 64. */
static void rms_norm(const float *x, const float *weight, int size, float eps, float *y) {
    lanes factor = lanes_set(1 / __builtin_sqrtf(row_sum(x, size, 1) / (float)size + eps));
    for (int i = 0; i < size; i += LANES) {
        lanes_store(y + i, lanes_mul(lanes_mul(lanes_load(x + i), factor), lanes_load(weight + i)));
    }
}

/* x is followed by zeros up to a multiple of 64; y has room for as many. */
static void layer_norm(const float *x, const float *weight, const float *bias, int size, float eps, float *y) {
    const lanes mean = lanes_set(row_sum(x, size, 0) / (float)size);
    for (int i = 0; i < size; i += LANES) {
        lanes_store(y + i, lanes_sub(lanes_load(x + i), mean));
    }
    for (int i = size; i % (4 * LANES); i++) {
        y[i] = 0;
    }
    const lanes factor = lanes_set(1 / __builtin_sqrtf(row_sum(y, size, 1) / (float)size + eps));
    for (int i = 0; i < size; i += LANES) {
        lanes scaled = lanes_mul(lanes_mul(lanes_load(y + i), factor), lanes_load(weight + i));
        lanes_store(y + i, lanes_add(scaled, lanes_load(bias + i)));
    }
}
