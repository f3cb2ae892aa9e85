package io.hetegen.operator;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Version 1: the envelope, then cause, message, attempt. */
final class DeadLetterSerializer extends BinarySerializer<DeadLetter> {

    private static final long serialVersionUID = 1L;

    static final DeadLetterSerializer INSTANCE = new DeadLetterSerializer();

    private DeadLetterSerializer() {
        super(DeadLetter.class);
    }

    @Override
    void write(DeadLetter deadLetter, DataOutputView out) throws IOException {
        EnvelopeSerializer.INSTANCE.write(deadLetter.envelope(), out);
        writeBody(deadLetter, out);
    }

    @Override
    DeadLetter read(DataInputView in) throws IOException {
        return readBody(EnvelopeSerializer.INSTANCE.read(in), in);
    }

    /** All but the envelope. */
    static void writeBody(DeadLetter deadLetter, DataOutputView out) throws IOException {
        out.writeByte(deadLetter.cause().ordinal());
        BinaryFormat.writeString(deadLetter.message(), out);
        out.writeInt(deadLetter.attempt());
    }

    static DeadLetter readBody(Envelope envelope, DataInputView in) throws IOException {
        return new DeadLetter(
                envelope,
                BinaryFormat.readConstant("cause", DeadLetter.Cause.values(), in),
                BinaryFormat.readString("message", in),
                in.readInt());
    }

    @Override
    public TypeSerializerSnapshot<DeadLetter> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Found by its class name in the state. */
    public static final class Snapshot extends BinarySerializer.Snapshot<DeadLetter> {
        @Override
        BinarySerializer<DeadLetter> serializer() {
            return INSTANCE;
        }
    }

    /** Makes Flink's type extraction find the serializer. */
    public static final class Factory extends TypeInfoFactory<DeadLetter> {
        @Override
        public TypeInformation<DeadLetter> createTypeInfo(
                Type type, Map<String, TypeInformation<?>> genericParameters) {
            return new BinaryTypeInfo<>(DeadLetter.class, INSTANCE);
        }
    }
}
