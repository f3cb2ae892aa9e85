package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.jobs.kafka.OutputHeaders;
import io.hetegen.jobs.kafka.TopicException;
import io.hetegen.schemas.Completion;
import io.hetegen.schemas.GenerationParameters;
import io.hetegen.schemas.Message;
import io.hetegen.schemas.Prompt;
import io.hetegen.schemas.TokenPreview;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The job as users start it: both formats, previews, dead letters, tombstones, topics that are missing. */
class GenerateJobITCase {

    private static JobCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = JobCluster.start(1);
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    @Test
    void avroInAndOut() throws Exception {
        cluster.broker().createTopic("avro-in", 1);
        Prompt prompt = Prompt.newBuilder()
                .setId("a-1")
                .setMessages(List.of(new Message("user", "My phone does not work, I want a refund.")))
                .setGeneration(
                        GenerationParameters.newBuilder().setMaxTokens(12).build())
                .setAttributes(Map.of("tenant", "é"))
                .build();
        byte[] late = bytes(Prompt.newBuilder(prompt)
                .setId("a-2")
                .setDeadline(Instant.EPOCH)
                .build()
                .toByteBuffer());
        byte[] json = "{\"id\":\"a-3\",\"prompt\":\"x\"}".getBytes(StandardCharsets.UTF_8);
        cluster.topics()
                .write(List.of(
                        prompt("avro-in", bytes(prompt.toByteBuffer())),
                        prompt("avro-in", null),
                        prompt("avro-in", late),
                        prompt("avro-in", json)));

        // The job creates the other topics itself.
        run(
                "avro",
                Map.of(
                        "hetegen.format", "avro",
                        "hetegen.kafka.create-topics", "true",
                        "hetegen.kafka.preview-topic", "avro-previews",
                        "hetegen.generate.previews.tokens", "1"));

        List<ConsumerRecord<byte[], byte[]>> completions = cluster.topics().committed("avro-out");
        assertThat(completions).hasSize(1);
        Completion completion =
                Completion.fromByteBuffer(ByteBuffer.wrap(completions.get(0).value()));
        assertThat(completion.getId()).isEqualTo("a-1");
        assertThat(completion.getText()).isNotEmpty();
        assertThat(completion.getGeneratedTokens()).isEqualTo(12);
        assertThat(completion.getFinishReason()).isEqualTo("length");
        assertThat(completion.getAttributes()).isEqualTo(Map.of("tenant", "é"));
        assertThat(completion.getNumerics()).isEqualTo("reproducible");
        assertThat(completion.getTruncation()).isNull();

        StringBuilder shown = new StringBuilder();
        for (ConsumerRecord<byte[], byte[]> preview : cluster.topics().committed("avro-previews")) {
            shown.append(TokenPreview.fromByteBuffer(ByteBuffer.wrap(preview.value()))
                    .getText());
        }
        assertThat(shown).isNotEmpty();
        assertThat(completion.getText()).startsWith(shown.toString());

        Outcomes letters = Outcomes.of(cluster.topics(), "avro-out-dead-letters");
        assertThat(letters.all()).hasSize(2);
        assertThat(letters.at(0, 2).value()).isEqualTo(late);
        assertThat(Outcomes.header(letters.at(0, 2), OutputHeaders.CAUSE)).isEqualTo("deadline-exceeded");
        assertThat(letters.at(0, 3).value()).isEqualTo(json);
        assertThat(Outcomes.header(letters.at(0, 3), OutputHeaders.CAUSE)).isEqualTo("undecodable");
    }

    @Test
    void jsonInAndOutWithTheDefaultsOfTheJob() throws Exception {
        cluster.broker().createTopic("json-in", 1);
        cluster.topics()
                .write(List.of(prompt(
                        "json-in", "{\"id\":\"j-1\",\"prompt\":\"Say hello.\"}".getBytes(StandardCharsets.UTF_8))));

        run("json", Map.of("hetegen.kafka.create-topics", "true", "hetegen.generation.max-tokens", "3"));

        assertThat(cluster.topics().committed("json-out"))
                .singleElement()
                .extracting(Outcomes::text)
                .asString()
                .startsWith("{\"id\":\"j-1\",\"text\":\"")
                .contains("\"generatedTokens\":3,\"finishReason\":\"length\"");
    }

    /** Flink gives every slot what it asks for, or the job would not start. */
    @Test
    void slotsOfAJobWithAPlanGetTheirSize() throws Exception {
        cluster.broker().createTopic("planned-in", 1);
        cluster.topics()
                .write(List.of(prompt(
                        "planned-in", "{\"id\":\"p-1\",\"prompt\":\"Say hello.\"}".getBytes(StandardCharsets.UTF_8))));
        String plan;
        try (ModelFile model = ModelFiles.open(Path.of(System.getProperty("hetegen.demo.model")))) {
            plan = PlanFile.toJson(SlotPlanTest.plan(model, 0));
        }

        run(
                "planned",
                Map.of(
                        "hetegen.kafka.create-topics", "true",
                        "hetegen.generation.max-tokens", "3",
                        "hetegen.engine.plan", plan));

        assertThat(cluster.topics().committed("planned-out"))
                .singleElement()
                .extracting(Outcomes::text)
                .asString()
                .startsWith("{\"id\":\"p-1\",\"text\":\"");
    }

    @Test
    void missingTopicsStopTheStart() {
        assertThatThrownBy(() -> cluster.submit(cluster.job("absent", Map.of()), 1))
                .isInstanceOf(TopicException.class)
                .hasMessageContaining("topic absent-in, absent-out, absent-out-dead-letters does not exist");
    }

    private static void run(String name, Map<String, String> options) throws Exception {
        cluster.awaitEnd(cluster.submit(cluster.job(name, options), 1));
    }

    private static ProducerRecord<byte[], byte[]> prompt(String topic, byte @Nullable [] value) {
        return new ProducerRecord<>(topic, 0, null, value);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
