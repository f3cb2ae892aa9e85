package io.hetegen.engine;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The bytes of a {@link SequenceSnapshot}, big endian: magic {@code HGSQ}, version, body, CRC-32C of all that. Texts are
 * counted UTF-16 units, which hold every Java string exactly; lists are counted.
 *
 * <p>A new version gets a new number and its own branch in {@link #read}; golden bytes of every version stay in the
 * tests.
 */
final class SnapshotBytes {

    private static final int MAGIC = 0x48475351;
    /** Of reproducible answers, whose bytes have no numerics: older engines can take them up. */
    private static final int REPRODUCIBLE_VERSION = 1;

    private static final int VERSION = 2;

    private static final int FRAME_BYTES = 12;

    private SnapshotBytes() {}

    static byte[] write(SequenceSnapshot snapshot) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            boolean fast = snapshot.numerics() == Numerics.FAST;
            out.writeInt(fast ? VERSION : REPRODUCIBLE_VERSION);
            writeText(out, snapshot.fingerprint());
            out.writeInt(snapshot.arithmeticVersion());
            if (fast) {
                out.writeBoolean(true);
            }
            writeRequest(out, snapshot.request());
            writeIds(out, snapshot.generatedIds());
            out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void writeRequest(DataOutputStream out, GenerationRequest request) throws IOException {
        writeIds(out, ((PromptInput.Ids) request.prompt()).ids());
        SamplingParameters sampling = request.sampling();
        out.writeDouble(sampling.temperature());
        out.writeInt(sampling.topK());
        out.writeDouble(sampling.topP());
        out.writeDouble(sampling.minP());
        out.writeDouble(sampling.repetitionPenalty());
        out.writeDouble(sampling.presencePenalty());
        out.writeDouble(sampling.frequencyPenalty());
        out.writeLong(sampling.seed());
        out.writeInt(request.maxTokens());
        out.writeInt(request.stop().size());
        for (String stop : request.stop()) {
            writeText(out, stop);
        }
        out.writeBoolean(request.jsonSchema().isPresent());
        if (request.jsonSchema().isPresent()) {
            writeText(out, request.jsonSchema().get());
        }
    }

    private static void writeIds(DataOutputStream out, List<Integer> ids) throws IOException {
        out.writeInt(ids.size());
        for (int id : ids) {
            out.writeInt(id);
        }
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }

    static SequenceSnapshot read(byte[] bytes) {
        if (bytes.length < FRAME_BYTES) {
            throw new SnapshotMismatchException(
                    "snapshot of " + bytes.length + " bytes: at least " + FRAME_BYTES + " were expected");
        }
        int length = bytes.length - Integer.BYTES;
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        int magic = in.getInt();
        if (magic != MAGIC) {
            throw new SnapshotMismatchException(
                    String.format("not a snapshot: it begins with %08x, %08x was expected", magic, MAGIC));
        }
        int version = in.getInt();
        int stored = ByteBuffer.wrap(bytes).getInt(length);
        if (stored != checksum(bytes, length)) {
            throw new SnapshotMismatchException("snapshot of " + bytes.length + " bytes is damaged: wrong checksum");
        }
        if (version < REPRODUCIBLE_VERSION || version > VERSION) {
            throw new SnapshotMismatchException(
                    "snapshot of version " + version + ": this engine reads up to version " + VERSION);
        }
        try {
            SequenceSnapshot snapshot = new SequenceSnapshot(
                    readText(in),
                    in.getInt(),
                    version > REPRODUCIBLE_VERSION && readFlag(in) ? Numerics.FAST : Numerics.REPRODUCIBLE,
                    readRequest(in),
                    readIds(in, "generated ids"));
            if (in.hasRemaining()) {
                throw new SnapshotMismatchException("snapshot is damaged: " + in.remaining() + " bytes too many");
            }
            return snapshot;
        } catch (BufferUnderflowException | InvalidRequestException e) {
            throw new SnapshotMismatchException("snapshot is damaged: " + e.getMessage(), e);
        }
    }

    private static GenerationRequest readRequest(ByteBuffer in) {
        PromptInput prompt = new PromptInput.Ids(readIds(in, "prompt ids"));
        SamplingParameters sampling = new SamplingParameters(
                in.getDouble(),
                in.getInt(),
                in.getDouble(),
                in.getDouble(),
                in.getDouble(),
                in.getDouble(),
                in.getDouble(),
                in.getLong());
        int maxTokens = in.getInt();
        int stops = readCount(in, Integer.BYTES, "stop strings");
        List<String> stop = new ArrayList<>(stops);
        for (int i = 0; i < stops; i++) {
            stop.add(readText(in));
        }
        Optional<String> jsonSchema = readFlag(in) ? Optional.of(readText(in)) : Optional.empty();
        return new GenerationRequest(prompt, sampling, maxTokens, stop, jsonSchema);
    }

    private static List<Integer> readIds(ByteBuffer in, String what) {
        int count = readCount(in, Integer.BYTES, what);
        List<Integer> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(in.getInt());
        }
        return ids;
    }

    private static String readText(ByteBuffer in) {
        int length = readCount(in, Character.BYTES, "characters");
        char[] text = new char[length];
        for (int i = 0; i < length; i++) {
            text[i] = in.getChar();
        }
        return new String(text);
    }

    private static boolean readFlag(ByteBuffer in) {
        byte flag = in.get();
        if (flag != 0 && flag != 1) {
            throw new SnapshotMismatchException("snapshot is damaged: flag " + flag + ", 0 or 1 was expected");
        }
        return flag == 1;
    }

    /** Bounded by what is there, before anything is allocated. */
    private static int readCount(ByteBuffer in, int bytesEach, String what) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / bytesEach) {
            throw new SnapshotMismatchException(
                    "snapshot is damaged: " + count + " " + what + " announced, " + in.remaining() + " bytes are left");
        }
        return count;
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
