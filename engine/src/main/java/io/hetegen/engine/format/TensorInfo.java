package io.hetegen.engine.format;

import io.hetegen.engine.tensor.DType;

/**
 * A tensor in a model file, already checked against the file: it lies inside, overlaps no other and has whole blocks.
 *
 * @param columns length of a row, the dimension that a matrix product sums over; 1-D tensors have one row
 * @param rows number of rows, further dimensions multiplied in
 * @param offset of the first byte in the file
 */
public record TensorInfo(String name, DType dtype, long rows, long columns, long offset) {

    public long bytes() {
        return dtype.bytes(Math.multiplyExact(rows, columns));
    }
}
