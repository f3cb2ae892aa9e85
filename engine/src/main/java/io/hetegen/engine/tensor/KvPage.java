package io.hetegen.engine.tensor;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.HostMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Keys and values of {@link #POSITIONS} consecutive positions in one layer (docs/arithmetic.md, "KV cache"), first all
 * keys, then all values, in memory that the page does not own. Values are rounded when they are put, and every read
 * gets the rounded ones.
 */
public final class KvPage {

    /** Positions per page, which is also the attention's chunk. */
    public static final int POSITIONS = 64;

    /** Keys of so many positions are interleaved element by element. */
    public static final int GROUP = 16;

    /** Native code reads whole vectors: so many bytes after a page must be there, whatever they hold. */
    public static final int BYTES_BEHIND = 64;

    private final KvType type;
    private final int headDim;
    private final long address;
    private final int valuesOffset;
    private final ByteBuffer bytes;
    private final Elements keys;
    private final Elements values;

    /** @param offset of the page in the memory; a multiple of 64 */
    public KvPage(KvType type, int numKeyValueHeads, int headDim, HostMemory memory, int offset) {
        this.type = type;
        this.headDim = headDim;
        this.address = memory.address() == 0 ? 0 : memory.address() + offset;
        this.valuesOffset = Math.toIntExact(bytes(type, numKeyValueHeads, headDim) / 2);
        this.bytes = memory.buffer().slice(offset, 2 * valuesOffset);
        this.keys = elements(type, memory.buffer().slice(offset, valuesOffset));
        this.values = elements(type, memory.buffer().slice(offset + valuesOffset, valuesOffset));
    }

    /** Bytes of a page with these sizes, a multiple of 64. */
    public static long bytes(KvType type, int numKeyValueHeads, int headDim) {
        return 2L * numKeyValueHeads * headDim * POSITIONS * (type == KvType.F16 ? Short.BYTES : Float.BYTES);
    }

    public KvType type() {
        return type;
    }

    /** Stores the key and the value of all heads at one position; {@code offset} is where each starts in its array. */
    public void put(int slot, int numKeyValueHeads, float[] key, int keyOffset, float[] value, int valueOffset) {
        for (int head = 0; head < numKeyValueHeads; head++) {
            int base = headOffset(head);
            for (int d = 0; d < headDim; d++) {
                keys.set(
                        base + (slot / GROUP * headDim + d) * GROUP + slot % GROUP,
                        key[keyOffset + head * headDim + d]);
                values.set(base + slot * headDim + d, value[valueOffset + head * headDim + d]);
            }
        }
    }

    /** Copies a head's keys of the first {@code count} positions, whole groups, as [group][element][position in group]. */
    public void readKeys(int head, int count, float[] target) {
        int groups = (count + GROUP - 1) / GROUP;
        keys.get(headOffset(head), target, groups * GROUP * headDim);
    }

    /** Copies a head's values of the first {@code count} positions as [position][element]. */
    public void readValues(int head, int count, float[] target) {
        values.get(headOffset(head), target, count * headDim);
    }

    /** Elements from the start of the keys, and of the values, to those of a head. */
    public int headOffset(int head) {
        return head * POSITIONS * headDim;
    }

    /** All of it, as any device lays it out. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    /** Of the keys, for native code: elements of the {@linkplain #type type} in the order of {@link #readKeys}. */
    public long address() {
        return address;
    }

    /** Bytes from the keys to the values. */
    public long valuesOffset() {
        return valuesOffset;
    }

    private static Elements elements(KvType type, ByteBuffer memory) {
        ByteBuffer bytes = memory.order(ByteOrder.LITTLE_ENDIAN);
        return switch (type) {
            case F16 -> new HalfElements(bytes.asShortBuffer());
            case F32 -> new FloatElements(bytes.asFloatBuffer());
        };
    }

    private interface Elements {
        void set(int index, float value);

        void get(int index, float[] target, int count);
    }

    private record HalfElements(ShortBuffer halves) implements Elements {
        @Override
        public void set(int index, float value) {
            halves.put(index, Float16.fromFloat(value));
        }

        @Override
        public void get(int index, float[] target, int count) {
            for (int i = 0; i < count; i++) {
                target[i] = Float16.toFloat(halves.get(index + i));
            }
        }
    }

    private record FloatElements(FloatBuffer floats) implements Elements {
        @Override
        public void set(int index, float value) {
            floats.put(index, value);
        }

        @Override
        public void get(int index, float[] target, int count) {
            floats.get(index, target, 0, count);
        }
    }
}
