package io.hetegen.operator;

import io.hetegen.operator.InFlight.Complete;
import io.hetegen.operator.InFlight.Generating;
import io.hetegen.operator.InFlight.Progress;
import io.hetegen.operator.InFlight.Waiting;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** Version 1: envelope, timestamp if there is one, attempt, then one byte for the kind of progress and its fields. */
final class InFlightSerializer extends BinarySerializer<InFlight> {

    private static final long serialVersionUID = 1L;

    static final InFlightSerializer INSTANCE = new InFlightSerializer();

    private static final int WAITING = 0;
    private static final int GENERATING = 1;
    private static final int ANSWERED = 2;
    private static final int DEAD = 3;

    private InFlightSerializer() {
        super(InFlight.class);
    }

    @Override
    void write(InFlight inFlight, DataOutputView out) throws IOException {
        EnvelopeSerializer.INSTANCE.write(inFlight.envelope(), out);
        Long timestamp = inFlight.timestamp();
        out.writeBoolean(timestamp != null);
        if (timestamp != null) {
            out.writeLong(timestamp);
        }
        out.writeInt(inFlight.attempt());
        Progress progress = inFlight.progress();
        if (progress instanceof Generating generating) {
            out.writeByte(GENERATING);
            BinaryFormat.writeBytes(generating.snapshot(), out);
        } else if (progress instanceof Complete complete) {
            writeOutcome(complete.outcome(), out);
        } else {
            out.writeByte(WAITING);
        }
    }

    private static void writeOutcome(Outcome outcome, DataOutputView out) throws IOException {
        if (outcome instanceof Answer answer) {
            out.writeByte(ANSWERED);
            AnswerSerializer.writeBody(answer, out);
        } else if (outcome instanceof DeadLetter deadLetter) {
            out.writeByte(DEAD);
            DeadLetterSerializer.writeBody(deadLetter, out);
        }
    }

    @Override
    InFlight read(DataInputView in) throws IOException {
        Envelope envelope = EnvelopeSerializer.INSTANCE.read(in);
        @Nullable Long timestamp = in.readBoolean() ? in.readLong() : null;
        int attempt = in.readInt();
        int progress = in.readUnsignedByte();
        return new InFlight(envelope, timestamp, attempt, readProgress(progress, envelope, in));
    }

    private static Progress readProgress(int progress, Envelope envelope, DataInputView in) throws IOException {
        return switch (progress) {
            case WAITING -> Waiting.INSTANCE;
            case GENERATING -> new Generating(BinaryFormat.readBytes("snapshot", in));
            case ANSWERED -> new Complete(AnswerSerializer.readBody(envelope, in));
            case DEAD -> new Complete(DeadLetterSerializer.readBody(envelope, in));
            default ->
                throw new IOException("progress of " + envelope + " has the code " + progress + ", expected 0 to "
                        + DEAD + ": the state is damaged or was written by a newer version");
        };
    }

    @Override
    public TypeSerializerSnapshot<InFlight> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Found by its class name in the state. */
    public static final class Snapshot extends BinarySerializer.Snapshot<InFlight> {
        @Override
        BinarySerializer<InFlight> serializer() {
            return INSTANCE;
        }
    }
}
