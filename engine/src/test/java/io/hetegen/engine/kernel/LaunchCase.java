package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cuda.LaunchShape;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Launches of CUDA kernels on some buffers, and what they are to leave in them: what {@code check_launches.cpp} reads.
 */
final class LaunchCase {

    private static final int INPUT = 0;
    private static final int FLOATS = 1;
    private static final int BYTES = 2;

    private final String name;
    private final List<byte[]> buffers = new ArrayList<>();
    private final List<byte[]> launches = new ArrayList<>();

    LaunchCase(String name) {
        this.name = name;
    }

    /** A buffer as a parameter, from an offset in bytes on. */
    record Buffer(int index, long offset) {
        Buffer from(long more) {
            return new Buffer(index, offset + more);
        }
    }

    record Size(int x, int y, int z) {
        static Size of(int x) {
            return new Size(x, 1, 1);
        }

        static Size of(int x, int y) {
            return new Size(x, y, 1);
        }
    }

    Buffer input(byte[] contents) {
        return add(INPUT, contents, null);
    }

    Buffer input(float[] contents) {
        return input(bytes(contents));
    }

    Buffer input(int[] contents) {
        ByteBuffer bytes = littleEndian(contents.length * Integer.BYTES);
        bytes.asIntBuffer().put(contents);
        return input(bytes.array());
    }

    /** Memory that kernels write for each other; NaN before. */
    Buffer scratch(int floats) {
        byte[] bytes = new byte[floats * Float.BYTES];
        Arrays.fill(bytes, (byte) 0xff);
        return input(bytes);
    }

    /** NaN is one value. */
    Buffer output(float[] before, float[] expected) {
        return add(FLOATS, bytes(before), bytes(expected));
    }

    Buffer output(byte[] before, byte[] expected) {
        return add(BYTES, before, expected);
    }

    private Buffer add(int kind, byte[] before, byte @Nullable [] expected) {
        buffers.add(written(out -> {
            integer(out, kind);
            bytes(out, before);
            if (expected != null) {
                bytes(out, expected);
            }
        }));
        return new Buffer(buffers.size() - 1, 0);
    }

    LaunchCase launch(String kernel, LaunchShape shape, Object... parameters) {
        return launch(
                kernel, Size.of(shape.gridX(), shape.gridY()), Size.of(shape.blockX(), shape.blockY()), parameters);
    }

    /** @param parameters buffers, integers and floats in the order of the kernel's */
    LaunchCase launch(String kernel, Size grid, Size block, Object... parameters) {
        launches.add(written(out -> {
            bytes(out, kernel.getBytes(StandardCharsets.UTF_8));
            for (int size : new int[] {grid.x(), grid.y(), grid.z(), block.x(), block.y(), block.z()}) {
                integer(out, size);
            }
            integer(out, parameters.length);
            for (Object parameter : parameters) {
                parameter(out, parameter);
            }
        }));
        return this;
    }

    private static void parameter(DataOutputStream out, Object parameter) throws IOException {
        if (parameter instanceof Buffer buffer) {
            integer(out, 1);
            integer(out, buffer.index());
            out.writeLong(Long.reverseBytes(buffer.offset()));
            return;
        }
        int bits = parameter instanceof Float value ? Float.floatToRawIntBits(value) : (Integer) parameter;
        integer(out, 0);
        integer(out, Integer.BYTES);
        integer(out, bits);
    }

    /** A whole file. */
    static byte[] file(List<LaunchCase> cases) {
        return written(out -> {
            integer(out, cases.size());
            for (LaunchCase each : cases) {
                bytes(out, each.name.getBytes(StandardCharsets.UTF_8));
                integer(out, each.buffers.size());
                for (byte[] buffer : each.buffers) {
                    out.write(buffer);
                }
                integer(out, each.launches.size());
                for (byte[] launch : each.launches) {
                    out.write(launch);
                }
            }
        });
    }

    static byte[] bytes(float[] values) {
        ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private interface Content {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] written(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            content.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void integer(DataOutputStream out, int value) throws IOException {
        out.writeInt(Integer.reverseBytes(value));
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        integer(out, bytes.length);
        out.write(bytes);
    }
}
