package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.KvType;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.chat.ChatMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A real model through the whole engine: the expected answers are those of transformers (the file's ids). */
class DemoModelTest {

    private static final EngineOptions OPTIONS = EngineOptions.of(Path.of(System.getProperty("hetegen.demo.model")));
    private static final SamplingParameters SAMPLED = new SamplingParameters(1.4, 40, 0.97, 0.001, 1.1, 0.2, 0.1, 2024);
    private static final int MAX_TOKENS = 24;

    private static final Engine ENGINE = Engine.open(OPTIONS.withMaxSequences(1));

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    @Test
    void answersAsTransformersDoes() throws IOException {
        for (JsonNode one : cases()) {
            PromptInput chat = new PromptInput.Chat(
                    List.of(new ChatMessage("user", one.get("ticket").asText())), Instant.EPOCH);
            GenerationResult result =
                    Engines.alone(ENGINE, GenerationRequest.greedy(chat, 96)).result();
            assertThat(result.promptIds()).isEqualTo(ids(one.get("promptIds")));
            assertThat(result.ids()).isEqualTo(ids(one.get("ids")));
            assertThat(result.text()).isEqualTo(one.get("text").asText());
            assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void aSequenceIsTheSameAloneAndInABatchOfFive() throws IOException {
        List<GenerationRequest> requests = requests();
        List<Heard> heard = new ArrayList<>();
        try (Engine engine =
                Engine.open(OPTIONS.withMaxSequences(5).withPrefillChunk(16).withThreads(2))) {
            for (GenerationRequest request : requests) {
                heard.add(Engines.submit(engine, request));
                engine.step();
                engine.step();
            }
            Engines.drain(engine);
            assertThat(engine.stats().kvBytes()).isZero();
        }
        for (int i = 0; i < requests.size(); i++) {
            assertThat(Engines.essence(heard.get(i).result())).isEqualTo(alone(requests.get(i)));
        }
    }

    @Test
    void theSizeOfAPrefillChunkChangesNothing() throws IOException {
        try (Engine engine = Engine.open(OPTIONS.withPrefillChunk(7))) {
            for (GenerationRequest request : requests()) {
                assertThat(Engines.essence(Engines.alone(engine, request).result()))
                        .isEqualTo(alone(request));
            }
        }
    }

    @Test
    void resumedAtEveryTokenIsUninterrupted() throws IOException {
        List<GenerationRequest> requests = new ArrayList<>(requests());
        requests.add(stopped());
        try (Engine other = Engine.open(OPTIONS.withPrefillChunk(19))) {
            for (GenerationRequest request : requests) {
                Heard whole = Engines.alone(ENGINE, request);
                List<Heard> resumed = new ArrayList<>();
                for (byte[] snapshot : whole.snapshots) {
                    resumed.add(Engines.resume(other, SequenceSnapshot.fromBytes(snapshot)));
                }
                Engines.drain(other);
                for (int i = 0; i < resumed.size(); i++) {
                    assertThat(Engines.essence(resumed.get(i).result())).isEqualTo(Engines.essence(whole.result()));
                    assertThat(String.join("", whole.pieces.subList(0, i + 1))
                                    + resumed.get(i).text())
                            .isEqualTo(whole.result().text());
                }
            }
        }
    }

    @Test
    void cancellingOneChangesNoOther() throws IOException {
        List<GenerationRequest> requests = requests();
        List<Heard> heard = new ArrayList<>();
        try (Engine engine = Engine.open(OPTIONS)) {
            requests.forEach(request -> heard.add(Engines.submit(engine, request)));
            for (int i = 0; i < 5; i++) {
                engine.step();
            }
            assertThat(heard.get(2).ids).isNotEmpty();
            heard.get(2).cancel();
            Engines.drain(engine);
        }
        assertThat(heard.get(2).end).isNotDone();
        for (int i : new int[] {0, 1, 3, 4}) {
            assertThat(Engines.essence(heard.get(i).result())).isEqualTo(alone(requests.get(i)));
        }
    }

    /** What may change an answer changes the fingerprint, and what may not does not. */
    @Test
    void theFingerprintKnowsTheModelAndTheKvType() {
        String fingerprint = ENGINE.model().fingerprint();
        assertThat(fingerprint).matches("[0-9a-f]{32}");
        try (Engine same = Engine.open(OPTIONS.withThreads(1).withContextLength(100));
                Engine other = Engine.open(OPTIONS.withKvType(KvType.F32))) {
            assertThat(same.model().fingerprint()).isEqualTo(fingerprint);
            assertThat(same.model().contextLength()).isEqualTo(100);
            assertThat(other.model().fingerprint()).isNotEqualTo(fingerprint);
        }
    }

    private static List<Object> alone(GenerationRequest request) {
        return Engines.essence(Engines.alone(ENGINE, request).result());
    }

    private static List<GenerationRequest> requests() throws IOException {
        List<GenerationRequest> requests = new ArrayList<>();
        for (JsonNode one : cases()) {
            SamplingParameters sampling = Engines.SAMPLINGS.get(requests.size());
            requests.add(Engines.request(sampling, MAX_TOKENS, List.of(), ids(one.get("promptIds"))));
        }
        return requests;
    }

    /** A request whose stop string begins within a token of its answer. */
    private static GenerationRequest stopped() {
        PromptInput chat =
                new PromptInput.Chat(List.of(new ChatMessage("user", "my router is on fire")), Instant.EPOCH);
        GenerationRequest unstopped = new GenerationRequest(chat, SAMPLED, MAX_TOKENS, List.of(), Optional.empty());
        String text = Engines.alone(ENGINE, unstopped).result().text();
        String stop = text.substring(text.length() * 2 / 3, text.length() * 2 / 3 + 9);
        GenerationRequest request = new GenerationRequest(chat, SAMPLED, MAX_TOKENS, List.of(stop), Optional.empty());
        GenerationResult result = Engines.alone(ENGINE, request).result();
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
        return request;
    }

    private static JsonNode cases() throws IOException {
        try (InputStream in = DemoModelTest.class.getResourceAsStream("demo-model-cases.json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static List<Integer> ids(JsonNode array) {
        List<Integer> ids = new ArrayList<>();
        array.forEach(id -> ids.add(id.asInt()));
        return ids;
    }
}
