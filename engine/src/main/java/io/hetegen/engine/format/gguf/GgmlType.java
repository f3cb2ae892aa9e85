package io.hetegen.engine.format.gguf;

import io.hetegen.engine.tensor.DType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tensor types of ggml by their number in a file ({@code enum ggml_type}, ggml.h), so that one that is not
 * supported is refused by its name.
 */
enum GgmlType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    Q4_0(2, DType.Q4_0),
    Q4_1(3, DType.Q4_1),
    Q5_0(6, DType.Q5_0),
    Q5_1(7, DType.Q5_1),
    Q8_0(8, DType.Q8_0),
    Q8_1(9),
    Q2_K(10, DType.Q2_K),
    Q3_K(11, DType.Q3_K),
    Q4_K(12, DType.Q4_K),
    Q5_K(13, DType.Q5_K),
    Q6_K(14, DType.Q6_K),
    Q8_K(15),
    IQ2_XXS(16),
    IQ2_XS(17),
    IQ3_XXS(18),
    IQ1_S(19),
    IQ4_NL(20, DType.IQ4_NL),
    IQ3_S(21),
    IQ2_S(22),
    IQ4_XS(23, DType.IQ4_XS),
    I8(24),
    I16(25),
    I32(26),
    I64(27),
    F64(28),
    IQ1_M(29),
    BF16(30, DType.BF16),
    TQ1_0(34),
    TQ2_0(35),
    MXFP4(39, DType.MXFP4),
    NVFP4(40),
    Q1_0(41),
    Q2_0(42);

    private final int id;
    private final @Nullable DType dtype;

    GgmlType(int id) {
        this(id, null);
    }

    GgmlType(int id, @Nullable DType dtype) {
        this.id = id;
        this.dtype = dtype;
    }

    /** Empty for numbers that ggml never gave out or has withdrawn: 4, 5, 31 to 33 and 36 to 38. */
    static Optional<GgmlType> of(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }

    /** Empty if the engine has no arithmetic for the type. */
    Optional<DType> dtype() {
        return Optional.ofNullable(dtype);
    }

    static String supported() {
        return Arrays.stream(values())
                .filter(type -> type.dtype != null)
                .map(GgmlType::name)
                .collect(Collectors.joining(", "));
    }
}
