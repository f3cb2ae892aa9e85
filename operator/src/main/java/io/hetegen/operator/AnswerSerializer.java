package io.hetegen.operator;

import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Version 1: the envelope, then id, attributes, text, token counts, finish reason, model, attempt, timings. */
final class AnswerSerializer extends BinarySerializer<Answer> {

    private static final long serialVersionUID = 1L;

    static final AnswerSerializer INSTANCE = new AnswerSerializer();

    private AnswerSerializer() {
        super(Answer.class);
    }

    @Override
    void write(Answer answer, DataOutputView out) throws IOException {
        EnvelopeSerializer.INSTANCE.write(answer.envelope(), out);
        writeBody(answer, out);
    }

    @Override
    Answer read(DataInputView in) throws IOException {
        return readBody(EnvelopeSerializer.INSTANCE.read(in), in);
    }

    /** All but the envelope. */
    static void writeBody(Answer answer, DataOutputView out) throws IOException {
        BinaryFormat.writeString(answer.id(), out);
        BinaryFormat.writeStrings(answer.attributes(), out);
        BinaryFormat.writeString(answer.text(), out);
        out.writeInt(answer.promptTokens());
        out.writeInt(answer.generatedTokens());
        out.writeByte(answer.finishReason().ordinal());
        ModelInfo model = answer.model();
        BinaryFormat.writeString(model.name(), out);
        BinaryFormat.writeString(model.architecture(), out);
        BinaryFormat.writeString(model.fingerprint(), out);
        out.writeInt(model.arithmeticVersion());
        BinaryFormat.writeString(model.numerics(), out);
        out.writeInt(model.contextLength());
        out.writeInt(model.vocabularySize());
        out.writeInt(answer.attempt());
        out.writeLong(answer.timings().queuedNanos());
        out.writeLong(answer.timings().prefillNanos());
        out.writeLong(answer.timings().decodeNanos());
    }

    static Answer readBody(Envelope envelope, DataInputView in) throws IOException {
        return new Answer(
                envelope,
                BinaryFormat.readString("id", in),
                BinaryFormat.readStrings("attributes", in),
                BinaryFormat.readString("text", in),
                in.readInt(),
                in.readInt(),
                BinaryFormat.readConstant("finish reason", FinishReason.values(), in),
                new ModelInfo(
                        BinaryFormat.readString("model name", in),
                        BinaryFormat.readString("architecture", in),
                        BinaryFormat.readString("fingerprint", in),
                        in.readInt(),
                        BinaryFormat.readString("numerics", in),
                        in.readInt(),
                        in.readInt()),
                in.readInt(),
                new GenerationResult.Timings(in.readLong(), in.readLong(), in.readLong()));
    }

    @Override
    public TypeSerializerSnapshot<Answer> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Found by its class name in the state. */
    public static final class Snapshot extends BinarySerializer.Snapshot<Answer> {
        @Override
        BinarySerializer<Answer> serializer() {
            return INSTANCE;
        }
    }

    /** Makes Flink's type extraction find the serializer. */
    public static final class Factory extends TypeInfoFactory<Answer> {
        @Override
        public TypeInformation<Answer> createTypeInfo(Type type, Map<String, TypeInformation<?>> genericParameters) {
            return new BinaryTypeInfo<>(Answer.class, INSTANCE);
        }
    }
}
