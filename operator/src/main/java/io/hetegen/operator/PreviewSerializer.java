package io.hetegen.operator;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Version 1: key, id, index, text, attempt. */
final class PreviewSerializer extends BinarySerializer<Preview> {

    private static final long serialVersionUID = 1L;

    static final PreviewSerializer INSTANCE = new PreviewSerializer();

    private PreviewSerializer() {
        super(Preview.class);
    }

    @Override
    void write(Preview preview, DataOutputView out) throws IOException {
        BinaryFormat.writeBytes(preview.key(), out);
        BinaryFormat.writeString(preview.id(), out);
        out.writeInt(preview.index());
        BinaryFormat.writeString(preview.text(), out);
        out.writeInt(preview.attempt());
    }

    @Override
    Preview read(DataInputView in) throws IOException {
        return new Preview(
                BinaryFormat.readNullableBytes("key", in),
                BinaryFormat.readString("id", in),
                in.readInt(),
                BinaryFormat.readString("text", in),
                in.readInt());
    }

    @Override
    public TypeSerializerSnapshot<Preview> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Found by its class name in the state. */
    public static final class Snapshot extends BinarySerializer.Snapshot<Preview> {
        @Override
        BinarySerializer<Preview> serializer() {
            return INSTANCE;
        }
    }

    /** Makes Flink's type extraction find the serializer. */
    public static final class Factory extends TypeInfoFactory<Preview> {
        @Override
        public TypeInformation<Preview> createTypeInfo(Type type, Map<String, TypeInformation<?>> genericParameters) {
            return new BinaryTypeInfo<>(Preview.class, INSTANCE);
        }
    }
}
