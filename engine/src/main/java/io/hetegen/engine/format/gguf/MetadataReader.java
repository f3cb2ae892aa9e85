package io.hetegen.engine.format.gguf;

import io.hetegen.engine.format.Quoted;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the key-value pairs of the header. */
final class MetadataReader {

    private static final int MAX_KEYS = 65_536;
    private static final int MAX_KEY_BYTES = 65_535;
    private static final int LEAST_PAIR_BYTES = 8 + 1 + 4 + 1;
    private static final int INITIAL_STRINGS = 1024;

    /**
     * In all arrays together: a short string takes six times the memory that it takes in the file. Vocabularies of
     * 262,144 tokens have twice as many merges.
     */
    private static final int MAX_ARRAY_STRINGS = 1 << 21;

    private final HeaderCursor cursor;
    private int stringsLeft = MAX_ARRAY_STRINGS;

    MetadataReader(HeaderCursor cursor) {
        this.cursor = cursor;
    }

    static int count(HeaderCursor cursor) {
        return cursor.count("the number of metadata keys", LEAST_PAIR_BYTES, MAX_KEYS);
    }

    Map<String, GgufValue> read(int count) {
        Map<String, GgufValue> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            long at = cursor.position();
            String key = cursor.string("metadata key " + (i + 1) + " of " + count, MAX_KEY_BYTES);
            if (key.isEmpty()) {
                throw cursor.failure(at, "metadata key " + (i + 1) + " of " + count + " is empty");
            }
            String what = "key " + Quoted.of(key);
            if (values.put(key, value(type(what), what)) != null) {
                throw cursor.failure(at, what + " comes a second time");
            }
        }
        return values;
    }

    private GgufValueType type(String what) {
        long at = cursor.position();
        int id = cursor.int32(what);
        return GgufValueType.of(id)
                .orElseThrow(() -> cursor.failure(
                        at, what + " has the unknown value type " + Integer.toUnsignedString(id) + ", 0 to 12 exist"));
    }

    private GgufValue value(GgufValueType type, String what) {
        return type == GgufValueType.ARRAY ? array(what) : new GgufValue(type.toString(), scalar(type, what));
    }

    private Object scalar(GgufValueType type, String what) {
        return switch (type) {
            case UINT8 -> (long) cursor.uint8(what);
            case INT8 -> (long) (byte) cursor.uint8(what);
            case UINT16 -> (long) Short.toUnsignedInt(cursor.int16(what));
            case INT16 -> (long) cursor.int16(what);
            case UINT32 -> Integer.toUnsignedLong(cursor.int32(what));
            case INT32 -> (long) cursor.int32(what);
            case UINT64 -> unsigned(cursor.int64(what));
            case INT64 -> cursor.int64(what);
            case FLOAT32 -> (double) Float.intBitsToFloat(cursor.int32(what));
            case FLOAT64 -> Double.longBitsToDouble(cursor.int64(what));
            case BOOL -> cursor.bool(what);
            case STRING -> cursor.string(what, HeaderCursor.MAX_HEADER_BYTES);
            case ARRAY -> throw new IllegalArgumentException("an array is no scalar");
        };
    }

    private static Object unsigned(long bits) {
        return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    private GgufValue array(String what) {
        long at = cursor.position();
        GgufValueType elementType = type(what + " (array elements)");
        if (elementType == GgufValueType.ARRAY) {
            throw cursor.failure(at, what + " is an array of arrays, which is not read");
        }
        int leastBytes = elementType.leastBytes();
        int most = elementType == GgufValueType.STRING ? stringsLeft : HeaderCursor.MAX_HEADER_BYTES / leastBytes;
        int length = cursor.count("the array length of " + what, leastBytes, most);
        Object value = switch (elementType) {
            case STRING -> new GgufValue.Strings(strings(length, what));
            case BOOL -> new GgufValue.Numbers(elementType, bools(length, what));
            default -> new GgufValue.Numbers(elementType, cursor.bytes(length * leastBytes, what));
        };
        return new GgufValue("array of " + elementType, value);
    }

    private List<String> strings(int length, String what) {
        stringsLeft -= length;
        List<String> strings = new ArrayList<>(Math.min(length, INITIAL_STRINGS));
        for (int i = 0; i < length; i++) {
            strings.add(cursor.string(what, HeaderCursor.MAX_HEADER_BYTES));
        }
        return Collections.unmodifiableList(strings);
    }

    private byte[] bools(int length, String what) {
        byte[] bools = new byte[length];
        for (int i = 0; i < length; i++) {
            bools[i] = (byte) (cursor.bool(what) ? 1 : 0);
        }
        return bools;
    }
}
