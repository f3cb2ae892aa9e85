package io.hetegen.operator;

import static io.hetegen.operator.GenerateHarness.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.Test;

class GenerateOperatorWatermarkTest {

    private final FakeEngine engine = new FakeEngine();

    @Test
    void theWatermarkStaysBelowTheOldestRecordInFlight() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.sendAt(10, "a", "a1");
            harness.sendAt(20, "b", "b1");
            harness.sendAt(20, "c", "c1");
            harness.flink.processWatermark(30);
            assertThat(output(harness)).containsExactly("watermark 9");

            engine.finish("b1");
            harness.runMails();
            assertThat(output(harness)).containsExactly("watermark 9", "b1@20");

            engine.finish("a1");
            harness.runMails();
            assertThat(output(harness)).endsWith("a1@10", "watermark 19");

            engine.finish("c1");
            harness.runMails();
            assertThat(output(harness)).endsWith("c1@20", "watermark 30");
        }
    }

    @Test
    void aLateRecordStopsTheWatermarkButNeverTurnsItBack() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.flink.processWatermark(50);
            harness.sendAt(10, "a", "a1");
            harness.flink.processWatermark(60);
            assertThat(output(harness)).containsExactly("watermark 50");
            engine.finish("a1");
            harness.runMails();
            assertThat(output(harness)).containsExactly("watermark 50", "a1@10", "watermark 60");
        }
    }

    @Test
    void aDeadLetterLetsTheWatermarkGoOnToo() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.sendAt(10, "a", "a1");
            harness.flink.processWatermark(50);
            engine.fail("a1", "NaN");
            harness.runMails();
            assertThat(output(harness)).containsExactly("watermark 9", "watermark 50");
        }
    }

    @Test
    void recordsWithoutTimestampHoldNothing() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("a", "a1");
            harness.flink.processWatermark(50);
            engine.finish("a1");
            harness.runMails();
            assertThat(output(harness)).containsExactly("watermark 50", "a1");
        }
    }

    @Test
    void theOutputIsNotIdleWhileAnswersMayCome() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.sendAt(10, "a", "a1");
            harness.flink.processWatermark(50);
            harness.flink.processWatermarkStatus(WatermarkStatus.IDLE);
            assertThat(output(harness)).containsExactly("watermark 9");

            engine.finish("a1");
            harness.runMails();
            assertThat(output(harness)).containsExactly("watermark 9", "a1@10", "watermark 50", "idle");

            harness.flink.processWatermarkStatus(WatermarkStatus.ACTIVE);
            assertThat(output(harness)).endsWith("idle", "active");
        }
    }

    @Test
    void theTimestampsOfRestoredRecordsHoldTheWatermark() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.sendAt(10, "a", "a1");
            harness.sendAt(20, "a", "a2");
            engine.finish("a2");
            harness.runMails();
            state = harness.snapshot();
        }
        FakeEngine after = new FakeEngine();
        try (GenerateHarness harness = GenerateHarness.restore(after, configuration(1, 1 << 20), state)) {
            harness.flink.processWatermark(50);
            assertThat(output(harness)).containsExactly("watermark 9");
            after.finish("a1");
            harness.runMails();
            assertThat(output(harness))
                    .containsExactly("watermark 9", "a1@10", "watermark 19", "a2@20", "watermark 50");
        }
    }

    private static List<String> output(GenerateHarness harness) {
        return harness.flink.getOutput().stream()
                .map(GenerateOperatorWatermarkTest::describe)
                .toList();
    }

    private static String describe(Object element) {
        if (element instanceof Watermark watermark) {
            return "watermark " + watermark.getTimestamp();
        }
        if (element instanceof WatermarkStatus status) {
            return status.isIdle() ? "idle" : "active";
        }
        StreamRecord<?> record = (StreamRecord<?>) element;
        String text = ((Answer) record.getValue()).text();
        return record.hasTimestamp() ? text + '@' + record.getTimestamp() : text;
    }
}
