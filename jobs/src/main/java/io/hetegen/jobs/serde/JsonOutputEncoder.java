package io.hetegen.jobs.serde;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.schemas.Completion;
import io.hetegen.schemas.TokenPreview;
import io.hetegen.schemas.Truncation;
import java.io.UncheckedIOException;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Output records as one JSON object in UTF-8, of the shape of the Avro records; a null field is left out. */
final class JsonOutputEncoder implements OutputEncoder {

    private static final long serialVersionUID = 1L;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                    .build())
            .build();

    @Override
    public byte[] encode(Completion completion) {
        ObjectNode record = MAPPER.createObjectNode()
                .put("id", completion.getId())
                .put("text", completion.getText())
                .put("promptTokens", completion.getPromptTokens())
                .put("generatedTokens", completion.getGeneratedTokens())
                .put("finishReason", completion.getFinishReason())
                .put("model", completion.getModel())
                .put("fingerprint", completion.getFingerprint())
                .put("numerics", completion.getNumerics())
                .put("arithmeticVersion", completion.getArithmeticVersion());
        ObjectNode attributes = record.putObject("attributes");
        new TreeMap<>(completion.getAttributes()).forEach(attributes::put);
        @Nullable Truncation truncation = completion.getTruncation();
        if (truncation != null) {
            record.putObject("truncation")
                    .put("textLength", truncation.getTextLength())
                    .put("textSha256", truncation.getTextSha256())
                    .put("attributesDropped", truncation.getAttributesDropped());
        }
        return bytes(record);
    }

    @Override
    public byte[] encode(TokenPreview preview) {
        return bytes(MAPPER.createObjectNode()
                .put("id", preview.getId())
                .put("index", preview.getIndex())
                .put("text", preview.getText())
                .put("attempt", preview.getAttempt()));
    }

    private static byte[] bytes(ObjectNode record) {
        try {
            return MAPPER.writeValueAsBytes(record);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
