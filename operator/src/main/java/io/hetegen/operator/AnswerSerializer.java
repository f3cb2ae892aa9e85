package io.hetegen.operator;

import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Numerics;
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
        BinaryFormat.writeString(answer.numerics().label(), out);
        out.writeInt(model.contextLength());
        out.writeInt(model.vocabularySize());
        out.writeInt(answer.attempt());
        out.writeLong(answer.timings().queuedNanos());
        out.writeLong(answer.timings().prefillNanos());
        out.writeLong(answer.timings().decodeNanos());
    }

    static Answer readBody(Envelope envelope, DataInputView in) throws IOException {
        String id = BinaryFormat.readString("id", in);
        Map<String, String> attributes = BinaryFormat.readStrings("attributes", in);
        String text = BinaryFormat.readString("text", in);
        int promptTokens = in.readInt();
        int generatedTokens = in.readInt();
        FinishReason finishReason = BinaryFormat.readConstant("finish reason", FinishReason.values(), in);
        String name = BinaryFormat.readString("model name", in);
        String architecture = BinaryFormat.readString("architecture", in);
        String fingerprint = BinaryFormat.readString("fingerprint", in);
        int arithmeticVersion = in.readInt();
        // The answer's own, though it lies among the model's.
        Numerics numerics = BinaryFormat.readLabel("numerics", Numerics.values(), Numerics::label, in);
        return new Answer(
                envelope,
                id,
                attributes,
                text,
                promptTokens,
                generatedTokens,
                finishReason,
                new ModelInfo(name, architecture, fingerprint, arithmeticVersion, in.readInt(), in.readInt()),
                numerics,
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
