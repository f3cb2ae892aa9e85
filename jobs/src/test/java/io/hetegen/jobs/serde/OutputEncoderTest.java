package io.hetegen.jobs.serde;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.schemas.Completion;
import io.hetegen.schemas.TokenPreview;
import io.hetegen.schemas.Truncation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutputEncoderTest {

    private static final Completion COMPLETION = completion(Map.of("b", "2", "a", "1"));

    @Test
    void writesJson() {
        OutputEncoder encoder = Format.JSON.outputEncoder();

        assertThat(new String(encoder.encode(COMPLETION), StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":\"t\",\"text\":\"a\\n\\u0000é👋\",\"promptTokens\":12,\"generatedTokens\":3,"
                        + "\"finishReason\":\"stop\",\"model\":\"m\",\"fingerprint\":\"00ff\",\"numerics\":\"reproducible\","
                        + "\"arithmeticVersion\":1,\"attributes\":{\"a\":\"1\",\"b\":\"2\"}}");
        assertThat(new String(
                        encoder.encode(Completion.newBuilder(COMPLETION)
                                .setTruncation(new Truncation(9L, "e3", true))
                                .build()),
                        StandardCharsets.UTF_8))
                .endsWith("\"truncation\":{\"textLength\":9,\"textSha256\":\"e3\",\"attributesDropped\":true}}");
        assertThat(new String(encoder.encode(new TokenPreview("t", 2, "x", 3)), StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":\"t\",\"index\":2,\"text\":\"x\",\"attempt\":3}");
    }

    @Test
    void writesAvro() throws IOException {
        OutputEncoder encoder = Format.AVRO.outputEncoder();
        TokenPreview preview = new TokenPreview("t", 2, "x", 3);

        assertThat(Completion.fromByteBuffer(ByteBuffer.wrap(encoder.encode(COMPLETION))))
                .isEqualTo(COMPLETION);
        assertThat(TokenPreview.fromByteBuffer(ByteBuffer.wrap(encoder.encode(preview))))
                .isEqualTo(preview);
    }

    /** A replay may hand over the same attributes in another order; consumers compare bytes. */
    @ParameterizedTest
    @EnumSource
    void equalCompletionsGiveEqualBytes(Format format) {
        Map<String, String> forwards = new LinkedHashMap<>();
        Map<String, String> backwards = new LinkedHashMap<>();
        for (int i = 0; i < 50; i++) {
            forwards.put("k" + i, "v");
            backwards.put("k" + (49 - i), "v");
        }

        assertThat(format.outputEncoder().encode(completion(forwards)))
                .isEqualTo(format.outputEncoder().encode(completion(backwards)));
    }

    private static Completion completion(Map<String, String> attributes) {
        return Completion.newBuilder()
                .setId("t")
                .setText("a\n\u0000é👋")
                .setPromptTokens(12)
                .setGeneratedTokens(3)
                .setFinishReason("stop")
                .setModel("m")
                .setFingerprint("00ff")
                .setNumerics("reproducible")
                .setArithmeticVersion(1)
                .setAttributes(attributes)
                .build();
    }
}
