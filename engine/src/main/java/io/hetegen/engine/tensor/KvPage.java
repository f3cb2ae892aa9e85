package io.hetegen.engine.tensor;

import io.hetegen.engine.KvType;

/**
 * Keys and values of {@link #POSITIONS} consecutive positions in one layer (docs/arithmetic.md, "KV cache"). Values
 * are rounded when they are put, and every read gets the rounded ones.
 */
public final class KvPage {

    /** Positions per page, which is also the attention's chunk. */
    public static final int POSITIONS = 64;

    /** Keys of so many positions are interleaved element by element. */
    public static final int GROUP = 16;

    private final int headDim;
    private final Elements keys;
    private final Elements values;

    public KvPage(KvType type, int numKeyValueHeads, int headDim) {
        this.headDim = headDim;
        int length = Math.multiplyExact(numKeyValueHeads, POSITIONS * headDim);
        this.keys = elements(type, length);
        this.values = elements(type, length);
    }

    /** Bytes of a page with these sizes. */
    public static long bytes(KvType type, int numKeyValueHeads, int headDim) {
        return 2L * numKeyValueHeads * headDim * POSITIONS * (type == KvType.F16 ? Short.BYTES : Float.BYTES);
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

    /** Where a head's elements start in {@link #keyArray} and {@link #valueArray}. */
    public int headOffset(int head) {
        return head * POSITIONS * headDim;
    }

    /** The keys as they are stored, for native code: a short[] of binary16 or a float[], in the order of {@link #readKeys}. */
    public Object keyArray() {
        return keys.array();
    }

    /** The values as they are stored, for native code: a short[] of binary16 or a float[]. */
    public Object valueArray() {
        return values.array();
    }

    private static Elements elements(KvType type, int length) {
        return switch (type) {
            case F16 -> new HalfElements(new short[length]);
            case F32 -> new FloatElements(new float[length]);
        };
    }

    private interface Elements {
        void set(int index, float value);

        void get(int index, float[] target, int count);

        Object array();
    }

    private record HalfElements(short[] halves) implements Elements {
        @Override
        public void set(int index, float value) {
            halves[index] = Float16.fromFloat(value);
        }

        @Override
        public void get(int index, float[] target, int count) {
            for (int i = 0; i < count; i++) {
                target[i] = Float16.toFloat(halves[index + i]);
            }
        }

        @Override
        public Object array() {
            return halves;
        }
    }

    private record FloatElements(float[] floats) implements Elements {
        @Override
        public void set(int index, float value) {
            floats[index] = value;
        }

        @Override
        public void get(int index, float[] target, int count) {
            System.arraycopy(floats, index, target, 0, count);
        }

        @Override
        public Object array() {
            return floats;
        }
    }
}
