package io.hetegen.engine.format.gguf;

import java.util.List;

/**
 * A metadata value with the name of its type in the file.
 *
 * @param value {@link Long}, {@link java.math.BigInteger} above 2^63 - 1, {@link Double}, {@link Boolean}, {@link String},
 *     {@link Strings} or {@link Numbers}
 */
record GgufValue(String type, Object value) {

    record Strings(List<String> values) {}

    /** An array of numbers or bools as it lies in the file, so that it takes no more memory than there. */
    record Numbers(GgufValueType elementType, byte[] bytes) {}
}
