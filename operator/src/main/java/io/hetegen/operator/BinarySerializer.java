package io.hetegen.operator;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * Writes values as one byte of format version and then their fields, so that a reader of a later version reads all
 * earlier ones and refuses later ones by number. Values count as immutable: their byte arrays are never written to.
 */
abstract class BinarySerializer<T> extends TypeSerializerSingleton<T> {

    private static final long serialVersionUID = 1L;

    static final int VERSION = 1;

    private final Class<T> type;

    BinarySerializer(Class<T> type) {
        this.type = type;
    }

    abstract void write(T value, DataOutputView out) throws IOException;

    abstract T read(DataInputView in) throws IOException;

    @Override
    public final void serialize(T value, DataOutputView out) throws IOException {
        out.writeByte(VERSION);
        write(value, out);
    }

    @Override
    public final T deserialize(DataInputView in) throws IOException {
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new IOException(type.getSimpleName() + " has format version " + version + ", expected " + VERSION
                    + ": restore with the version of HeteGen that wrote it, or a newer one");
        }
        return read(in);
    }

    @Override
    public final T deserialize(T reuse, DataInputView in) throws IOException {
        return deserialize(in);
    }

    @Override
    public final void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    @Override
    public final T copy(T value) {
        return value;
    }

    @Override
    public final T copy(T value, T reuse) {
        return value;
    }

    @Override
    public final boolean isImmutableType() {
        return true;
    }

    @Override
    public final int getLength() {
        return -1;
    }

    @Override
    @SuppressWarnings("NullAway") // The contract of TypeSerializer: null where a type has no value to start from.
    public final @Nullable T createInstance() {
        return null;
    }

    /** What is written beside the state: the format version, which an older reader refuses before it reads a value. */
    abstract static class Snapshot<T> implements TypeSerializerSnapshot<T> {

        private int version = VERSION;

        abstract BinarySerializer<T> serializer();

        @Override
        public int getCurrentVersion() {
            return 1;
        }

        @Override
        public void writeSnapshot(DataOutputView out) throws IOException {
            out.writeInt(VERSION);
        }

        @Override
        public void readSnapshot(int readVersion, DataInputView in, ClassLoader userCodeClassLoader)
                throws IOException {
            version = in.readInt();
        }

        @Override
        public BinarySerializer<T> restoreSerializer() {
            return serializer();
        }

        @Override
        public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(TypeSerializerSnapshot<T> written) {
            boolean readable = written.getClass() == getClass() && ((Snapshot<T>) written).version <= VERSION;
            return readable
                    ? TypeSerializerSchemaCompatibility.compatibleAsIs()
                    : TypeSerializerSchemaCompatibility.incompatible();
        }
    }
}
