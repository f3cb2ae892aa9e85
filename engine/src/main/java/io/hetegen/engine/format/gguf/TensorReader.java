package io.hetegen.engine.format.gguf;

import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the tensor descriptions of the header and checks where they put their tensors. */
final class TensorReader {

    /** GGUF's own limit, and room for every known model: the largest have a few thousand tensors. */
    private static final int MAX_NAME_BYTES = 64;

    private static final int MAX_TENSORS = 65_536;
    private static final int MAX_DIMENSIONS = 4;
    private static final int LEAST_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

    private final HeaderCursor cursor;
    private final int alignment;

    TensorReader(HeaderCursor cursor, int alignment) {
        this.cursor = cursor;
        this.alignment = alignment;
    }

    static int count(HeaderCursor cursor) {
        return cursor.count("the number of tensors", LEAST_TENSOR_BYTES, MAX_TENSORS);
    }

    Map<String, TensorInfo> read(int count, long fileBytes) {
        Map<String, TensorInfo> relative = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            long at = cursor.position();
            TensorInfo tensor = tensor("tensor " + (i + 1) + " of " + count);
            if (relative.put(tensor.name(), tensor) != null) {
                throw cursor.failure(at, "tensor " + Quoted.of(tensor.name()) + " comes a second time");
            }
        }
        long dataStart = (cursor.position() + alignment - 1) & -(long) alignment;
        Map<String, TensorInfo> placed = new LinkedHashMap<>();
        for (TensorInfo tensor : relative.values()) {
            placed.put(tensor.name(), place(tensor, dataStart, fileBytes));
        }
        requireDisjoint(List.copyOf(placed.values()));
        return placed;
    }

    /** With the offset as the file gives it, from the start of the tensor data. */
    private TensorInfo tensor(String number) {
        long at = cursor.position();
        String name = cursor.string("the name of " + number, MAX_NAME_BYTES);
        if (name.isEmpty()) {
            throw cursor.failure(at, "the name of " + number + " is empty");
        }
        String what = "tensor " + Quoted.of(name);
        long[] dimensions = dimensions(what);
        DType dtype = dtype(what);
        if (dimensions[0] % dtype.blockSize() != 0) {
            throw cursor.failure(
                    at,
                    what + " of type " + dtype + ": rows must be a multiple of " + dtype.blockSize()
                            + " elements long, got " + dimensions[0]);
        }
        long offsetAt = cursor.position();
        long offset = cursor.int64(what);
        if (offset < 0 || offset % alignment != 0) {
            throw cursor.failure(
                    offsetAt,
                    what + ": the offset must be a multiple of " + alignment + ", got "
                            + Long.toUnsignedString(offset));
        }
        try {
            long rows = Arrays.stream(dimensions).skip(1).reduce(1, Math::multiplyExact);
            TensorInfo tensor = new TensorInfo(name, dtype, rows, dimensions[0], offset);
            Math.addExact(tensor.bytes(), offset);
            return tensor;
        } catch (ArithmeticException e) {
            throw cursor.failure(at, what + ": the dimensions " + Arrays.toString(dimensions) + " overflow 64 bits");
        }
    }

    private long[] dimensions(String what) {
        long at = cursor.position();
        int count = cursor.int32(what);
        if (count < 1 || count > MAX_DIMENSIONS) {
            throw cursor.failure(at, what + " must have 1 to 4 dimensions, got " + Integer.toUnsignedString(count));
        }
        long[] dimensions = new long[count];
        for (int i = 0; i < count; i++) {
            dimensions[i] = cursor.int64(what);
            if (dimensions[i] <= 0) {
                throw cursor.failure(
                        cursor.position() - Long.BYTES, what + ": dimensions must be positive, got " + dimensions[i]);
            }
        }
        return dimensions;
    }

    private DType dtype(String what) {
        long at = cursor.position();
        int id = cursor.int32(what);
        GgmlType type = GgmlType.of(id)
                .orElseThrow(() -> cursor.failure(
                        at,
                        what + " has the unknown type " + Integer.toUnsignedString(id) + ": supported are "
                                + GgmlType.supported()));
        return type.dtype()
                .orElseThrow(() -> cursor.failure(
                        at,
                        what + " is of type " + type + ", which is not supported: supported are "
                                + GgmlType.supported()));
    }

    private TensorInfo place(TensorInfo tensor, long dataStart, long fileBytes) {
        if (tensor.offset() + tensor.bytes() > fileBytes - dataStart) {
            throw cursor.failure(
                    Math.min(fileBytes, dataStart),
                    "tensor " + Quoted.of(tensor.name()) + " takes " + tensor.bytes() + " bytes at offset "
                            + tensor.offset() + " of the tensor data, which has only "
                            + Math.max(0, fileBytes - dataStart) + " bytes: the file is damaged or cut short");
        }
        return new TensorInfo(
                tensor.name(), tensor.dtype(), tensor.rows(), tensor.columns(), dataStart + tensor.offset());
    }

    private void requireDisjoint(List<TensorInfo> tensors) {
        List<TensorInfo> byOffset = tensors.stream()
                .sorted(Comparator.comparingLong(TensorInfo::offset))
                .toList();
        for (int i = 1; i < byOffset.size(); i++) {
            TensorInfo before = byOffset.get(i - 1);
            TensorInfo tensor = byOffset.get(i);
            if (tensor.offset() < before.offset() + before.bytes()) {
                throw cursor.failure(
                        tensor.offset(),
                        "tensors " + Quoted.of(before.name()) + " and " + Quoted.of(tensor.name()) + " overlap");
            }
        }
    }
}
