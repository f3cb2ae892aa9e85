package io.hetegen.jobs.serde;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hetegen.operator.Envelope;
import io.hetegen.operator.PromptDecoder;
import io.hetegen.operator.PromptRequest;
import io.hetegen.operator.UndecodableRecordException;
import io.hetegen.schemas.GenerationParameters;
import io.hetegen.schemas.Message;
import io.hetegen.schemas.Prompt;
import java.util.Set;

/**
 * Reads a prompt from one JSON object (RFC 8259) in UTF-8, of the shape of the Avro record {@link Prompt}; a field may
 * be absent or null where the Avro field has a default. Nothing is coerced: a text is no number, 1.0 is no integer.
 *
 * <p>Unknown fields are ignored in the outermost object, so that producers may add their own, and refused in
 * {@code generation} and in messages, where a typing error would silently change the answer.
 */
public final class JsonPromptDecoder implements PromptDecoder {

    private static final long serialVersionUID = 1L;

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final Set<String> MESSAGE_FIELDS = Set.of("role", "content");
    private static final Set<String> GENERATION_FIELDS = Set.of(
            "maxTokens",
            "temperature",
            "topK",
            "topP",
            "minP",
            "repetitionPenalty",
            "presencePenalty",
            "frequencyPenalty",
            "seed",
            "stop",
            "jsonSchema");

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(PromptLimits.MAX_JSON_DEPTH)
                            .maxNumberLength(PromptLimits.MAX_NUMBER_LENGTH)
                            .maxNameLength(PromptLimits.MAX_NAME_LENGTH)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // The parser would quote the record in its messages.
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private final PromptConverter converter;

    public JsonPromptDecoder(GenerationDefaults defaults) {
        this.converter = new PromptConverter(defaults);
    }

    @Override
    public PromptRequest decode(Envelope envelope) {
        return converter.convert(prompt(JsonFields.of(parse(requireNonNull(envelope.value())))), envelope.time());
    }

    private static JsonNode parse(byte[] value) {
        String text = StrictUtf8.decode(value, "the record");
        if (text.startsWith(BYTE_ORDER_MARK)) {
            text = text.substring(1);
        }
        try {
            return READER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UndecodableRecordException(
                    OneLine.of("not JSON: " + e.getOriginalMessage(), PromptLimits.MAX_MESSAGE_LENGTH), e);
        }
    }

    private static Prompt prompt(JsonFields record) {
        return new Prompt(
                record.requiredText("id"),
                record.list("messages", element -> message(JsonFields.of(element, "a message", MESSAGE_FIELDS)))
                        .orElse(null),
                record.text("prompt").orElse(null),
                record.object("generation", GENERATION_FIELDS)
                        .map(JsonPromptDecoder::generation)
                        .orElse(null),
                record.instant("deadline").orElse(null),
                record.texts("attributes"));
    }

    private static Message message(JsonFields message) {
        return new Message(message.requiredText("role"), message.requiredText("content"));
    }

    private static GenerationParameters generation(JsonFields generation) {
        return new GenerationParameters(
                generation.integer("maxTokens").orElse(null),
                generation.number("temperature").orElse(null),
                generation.integer("topK").orElse(null),
                generation.number("topP").orElse(null),
                generation.number("minP").orElse(null),
                generation.number("repetitionPenalty").orElse(null),
                generation.number("presencePenalty").orElse(null),
                generation.number("frequencyPenalty").orElse(null),
                generation.longInteger("seed").orElse(null),
                generation.<String>list("stop", JsonFields::requireText).orElse(null),
                generation.schema("jsonSchema").orElse(null));
    }
}
