package io.hetegen.operator;

import io.hetegen.operator.Envelope.Header;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Version 1: topic, partition, offset, timestamp, headers in order, key, value. */
final class EnvelopeSerializer extends BinarySerializer<Envelope> {

    private static final long serialVersionUID = 1L;

    static final EnvelopeSerializer INSTANCE = new EnvelopeSerializer();

    private EnvelopeSerializer() {
        super(Envelope.class);
    }

    @Override
    void write(Envelope envelope, DataOutputView out) throws IOException {
        BinaryFormat.writeString(envelope.topic(), out);
        out.writeInt(envelope.partition());
        out.writeLong(envelope.offset());
        out.writeLong(envelope.timestamp());
        out.writeInt(envelope.headers().size());
        for (Header header : envelope.headers()) {
            BinaryFormat.writeString(header.name(), out);
            BinaryFormat.writeBytes(header.value(), out);
        }
        BinaryFormat.writeBytes(envelope.key(), out);
        BinaryFormat.writeBytes(envelope.value(), out);
    }

    @Override
    Envelope read(DataInputView in) throws IOException {
        String topic = BinaryFormat.readString("topic", in);
        int partition = in.readInt();
        long offset = in.readLong();
        long timestamp = in.readLong();
        int headerCount = BinaryFormat.readCount("headers", in);
        List<Header> headers = new ArrayList<>();
        for (int i = 0; i < headerCount; i++) {
            headers.add(new Header(
                    BinaryFormat.readString("header name", in), BinaryFormat.readNullableBytes("header value", in)));
        }
        return new Envelope(
                topic,
                partition,
                offset,
                timestamp,
                headers,
                BinaryFormat.readNullableBytes("key", in),
                BinaryFormat.readNullableBytes("value", in));
    }

    @Override
    public TypeSerializerSnapshot<Envelope> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Found by its class name in the state. */
    public static final class Snapshot extends BinarySerializer.Snapshot<Envelope> {
        @Override
        BinarySerializer<Envelope> serializer() {
            return INSTANCE;
        }
    }

    /** Makes Flink's type extraction find the serializer. */
    public static final class Factory extends TypeInfoFactory<Envelope> {
        @Override
        public TypeInformation<Envelope> createTypeInfo(Type type, Map<String, TypeInformation<?>> genericParameters) {
            return new BinaryTypeInfo<>(Envelope.class, INSTANCE);
        }
    }
}
