package io.hetegen.jobs.serde;

import static java.util.Objects.requireNonNull;

import io.hetegen.operator.Envelope;
import io.hetegen.operator.PromptDecoder;
import io.hetegen.operator.PromptRequest;
import io.hetegen.operator.UndecodableRecordException;
import io.hetegen.schemas.Prompt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;

/**
 * Reads a {@link Prompt} in Avro's single-object encoding: the marker C3 01, the writer schema's CRC-64-AVRO
 * fingerprint in little endian, the binary record, nothing after it.
 */
public final class AvroPromptDecoder implements PromptDecoder {

    private static final long serialVersionUID = 1L;

    private static final int MARKER = 0xC301;
    private static final int HEADER_LENGTH = 2 + Long.BYTES;

    /** Every released writer schema; a new version of the record adds the version before it. */
    private static final Map<Long, Schema> WRITERS = List.of(Prompt.getClassSchema()).stream()
            .collect(Collectors.toUnmodifiableMap(SchemaNormalization::parsingFingerprint64, Function.identity()));

    private final PromptConverter converter;

    public AvroPromptDecoder(GenerationDefaults defaults) {
        this.converter = new PromptConverter(defaults);
    }

    @Override
    public PromptRequest decode(Envelope envelope) {
        return converter.convert(read(requireNonNull(envelope.value())), envelope.time());
    }

    private static Prompt read(byte[] value) {
        BoundedDecoder decoder = new BoundedDecoder(value, HEADER_LENGTH);
        Prompt prompt;
        try {
            prompt = reader(writer(value)).read(null, decoder);
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            // Avro reports a record that ends too early, and a union branch that is not there, in several ways.
            throw new UndecodableRecordException(
                    OneLine.of("not an Avro Prompt record: " + e, PromptLimits.MAX_MESSAGE_LENGTH), e);
        }
        if (decoder.remaining() > 0) {
            throw new UndecodableRecordException(
                    "the Avro record is followed by " + decoder.remaining() + " more bytes, nothing may follow");
        }
        return prompt;
    }

    private static Schema writer(byte[] value) {
        if (value.length < HEADER_LENGTH
                || (short) MARKER != ByteBuffer.wrap(value).getShort()) {
            throw new UndecodableRecordException("the record does not start with Avro's single-object header (C3 01 and"
                    + " a fingerprint of 8 bytes); it has " + value.length + " bytes");
        }
        long fingerprint = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
        Schema writer = WRITERS.get(fingerprint);
        if (writer == null) {
            throw new UndecodableRecordException(String.format(
                    "the record was written with an Avro schema of fingerprint %016x, known are %s: upgrade the job or"
                            + " write with io.hetegen.schemas.Prompt",
                    fingerprint,
                    WRITERS.keySet().stream()
                            .map(known -> String.format("%016x", known))
                            .sorted()
                            .toList()));
        }
        return writer;
    }

    private static SpecificDatumReader<Prompt> reader(Schema writer) {
        return new SpecificDatumReader<>(writer, Prompt.getClassSchema(), SpecificData.getForClass(Prompt.class));
    }
}
