package io.hetegen.engine.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that src/test/native/check_kernels.c reads: its form is described there. */
final class KernelCaseFile {

    /** In the order of check_kernels.c. */
    enum Kind {
        PRODUCT,
        QUANTIZE,
        RMS_NORM,
        LAYER_NORM,
        SWIGLU,
        ATTENTION
    }

    private static final int MAGIC = 0x31434b48;

    private final ByteArrayOutputStream cases = new ByteArrayOutputStream();
    private int count;

    /** Begins a case, whose sizes and arrays follow. */
    KernelCaseFile begin(Kind kind, String name) {
        count++;
        return sizes(kind.ordinal()).name(name);
    }

    KernelCaseFile name(String name) {
        return array(name.getBytes(StandardCharsets.UTF_8));
    }

    KernelCaseFile sizes(int... sizes) {
        for (int size : sizes) {
            write(room(Integer.BYTES).putInt(size));
        }
        return this;
    }

    KernelCaseFile number(float number) {
        write(room(Float.BYTES).putFloat(number));
        return this;
    }

    KernelCaseFile array(byte[] bytes) {
        return array(room(bytes.length).put(bytes));
    }

    KernelCaseFile array(float[] floats) {
        ByteBuffer bytes = room(floats.length * Float.BYTES);
        bytes.asFloatBuffer().put(floats);
        return array(bytes.position(bytes.capacity()));
    }

    KernelCaseFile array(short[] shorts) {
        ByteBuffer bytes = room(shorts.length * Short.BYTES);
        bytes.asShortBuffer().put(shorts);
        return array(bytes.position(bytes.capacity()));
    }

    private KernelCaseFile array(ByteBuffer bytes) {
        sizes(bytes.position());
        write(bytes);
        return this;
    }

    int count() {
        return count;
    }

    void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(room(2 * Integer.BYTES).putInt(MAGIC).putInt(count).array());
            cases.writeTo(out);
        }
    }

    private static ByteBuffer room(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    private void write(ByteBuffer bytes) {
        cases.write(bytes.array(), 0, bytes.position());
    }
}
