package io.hetegen.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.KvType;
import io.hetegen.engine.profile.InvalidFileException;
import io.hetegen.engine.profile.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PlanFileTest {

    private static final ModelShape MODEL = SampleModels.opt(2, 1024);
    private static final PartitionPlan PLAN = plan(Strategy.HETEGEN);
    private static final String JSON = PlanFile.toJson(PLAN);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void readsWhatItWrote(Strategy strategy) throws IOException {
        Path file = folder.resolve("plan.json");
        PartitionPlan plan = plan(strategy);
        PlanFile.write(plan, file);

        assertThat(PlanFile.read(file)).isEqualTo(plan);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\":1|\"version\":9|version must be 1",
                "\"version\":1|\"verzion\":1|version is missing",
                "\"version\":1|\"version\":1,\"extra\":0|there is no field 'extra'",
                "\"layers\":2|\"layers\":99999999|layers must be an integer from 1 to 10000",
                "\"kvLayersOnGpu\":[|\"kvLayersOnGpu\":[7,|kvLayersOnGpu must be layers from 0 to 1",
                "\"strategy\":\"HETEGEN\"|\"strategy\":\"MAGIC\"|request.strategy must be one of [HETEGEN, LAYERS",
                "\"tiles\":64|\"tiles\":65|linears[0].tiles must be 64",
                "\"rows\":1024|\"rows\":2147483647|linears[0].tiles must be",
                "\"tiles\":64,\"residentTiles\":|\"tiles\":64,\"residentTiles\":99|the plan contradicts itself",
                "\"memory\":{\"weightBytes\":|\"memory\":{\"weightBytes\":9|the plan contradicts itself",
                "\"cpuTiles\":|\"cpuTiles\":-1|linears[0].decode.cpuTiles must be an integer from 0",
                "\"promptTokens\":512|\"promptTokens\":0|request.promptTokens must be an integer from 1",
            })
    void refusesByName(String from, String to, String message) {
        assertThat(JSON).contains(from);

        assertThatThrownBy(() -> read(JSON.replaceFirst(Pattern.quote(from), to)))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageStartingWith("plan.json: ")
                .hasMessageContaining(message);
    }

    @Test
    void aPlanWithoutSequencesIsForOne() {
        PartitionPlan two = plan(PLAN.request().withSequences(2));
        String json = PlanFile.toJson(two);

        assertThat(read(json)).isEqualTo(two);
        assertThat(read(json.replace(",\"sequences\":2", "")).request())
                .isEqualTo(two.request().withSequences(1));
    }

    @Test
    void damageOfAnyKindIsARefusalOrAnotherPlan() {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            byte[] bytes = JSON.getBytes(StandardCharsets.UTF_8);
            for (int damage = 0; damage <= random.nextInt(3); damage++) {
                bytes[random.nextInt(bytes.length)] = (byte) " 0123456789-.eE\"{}[],:nul\\x".charAt(random.nextInt(27));
            }
            try {
                PlanFile.of(JsonObject.parse(bytes, "plan.json"));
            } catch (InvalidFileException e) {
                assertThat(e).hasMessageStartingWith("plan.json: ");
            }
        }
    }

    private static PartitionPlan read(String json) {
        return PlanFile.of(JsonObject.parse(json.getBytes(StandardCharsets.UTF_8), "plan.json"));
    }

    private static PartitionPlan plan(Strategy strategy) {
        return plan(new PlanRequest(strategy, 150_000_000, 512, 64, KvType.F16));
    }

    private static PartitionPlan plan(PlanRequest request) {
        return new Planner(MODEL, new RooflineCosts(SampleModels.A10, 8)).plan(request);
    }
}
