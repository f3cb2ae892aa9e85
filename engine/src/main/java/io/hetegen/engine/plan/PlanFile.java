package io.hetegen.engine.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.engine.KvType;
import io.hetegen.engine.profile.InvalidFileException;
import io.hetegen.engine.profile.JsonObject;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The JSON form of a plan (docs/planning.md), written and read; a file is hostile input. */
public final class PlanFile {

    public static final int VERSION = 1;

    private static final int MOST_LAYERS = 10_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private PlanFile() {}

    public static void write(PartitionPlan plan, Path file) throws IOException {
        Files.writeString(file, toJson(plan) + "\n", StandardCharsets.UTF_8);
    }

    /** One line. */
    public static String toJson(PartitionPlan plan) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("version", VERSION);
        json.put("decodeTokensPerSecond", plan.decodeTokensPerSecond());
        json.put("prefillTokensPerSecond", plan.prefillTokensPerSecond());
        json.put("requestTokensPerSecond", plan.requestTokensPerSecond());
        json.put("model", plan.model());
        json.put("modelFingerprint", plan.modelFingerprint());
        json.put("hardware", plan.hardware());
        json.put("threads", plan.threads());
        json.set("request", MAPPER.valueToTree(plan.request()));
        json.set("host", MAPPER.valueToTree(plan.host()));
        json.putObject("memory")
                .put("weightBytes", plan.memory().weightBytes())
                .put("kvBytes", plan.memory().kvBytes())
                .put("ringBytes", plan.memory().ringBytes())
                .put("activationBytes", plan.memory().activationBytes());
        json.put("layers", plan.kvOnGpu().size());
        ArrayNode kvLayers = json.putArray("kvLayersOnGpu");
        for (int layer = 0; layer < plan.kvOnGpu().size(); layer++) {
            if (plan.kvOnGpu().get(layer)) {
                kvLayers.add(layer);
            }
        }
        json.set("decode", MAPPER.valueToTree(plan.decode()));
        json.set("prefill", MAPPER.valueToTree(plan.prefill()));
        json.set("remarks", MAPPER.valueToTree(plan.remarks()));
        ArrayNode linears = json.putArray("linears");
        plan.linears().forEach(linear -> put(linears.addObject(), linear));
        try {
            return MAPPER.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a plan cannot be written as JSON", e);
        }
    }

    /** @throws InvalidFileException naming file and field */
    public static PartitionPlan read(Path file) throws IOException {
        return of(JsonObject.read(file));
    }

    /**
     * @param source what messages call the text
     * @throws InvalidFileException naming the field
     */
    public static PartitionPlan parse(String text, String source) {
        return of(JsonObject.parse(text.getBytes(StandardCharsets.UTF_8), source));
    }

    static PartitionPlan of(JsonObject json) {
        if (json.integer("version", 0) != VERSION) {
            throw json.failure("version", "must be " + VERSION + ": make the plan again with this release");
        }
        // They follow from the rest, and are there for those who read the file.
        json.positive("decodeTokensPerSecond");
        json.positive("prefillTokensPerSecond");
        json.positive("requestTokensPerSecond");
        try {
            PartitionPlan plan = new PartitionPlan(
                    json.text("model"),
                    json.text("modelFingerprint"),
                    json.text("hardware"),
                    json.integer("threads", 1),
                    request(json.object("request")),
                    host(json.object("host")),
                    memory(json.object("memory")),
                    kvOnGpu(json),
                    json.objects("linears").stream().map(PlanFile::linear).toList(),
                    prediction(json.object("decode")),
                    json.objects("prefill").stream().map(PlanFile::prediction).toList(),
                    json.texts("remarks"));
            json.end();
            return plan;
        } catch (IllegalArgumentException e) {
            throw json.failure("the plan", "contradicts itself: " + e.getMessage());
        }
    }

    private static PlanRequest request(JsonObject json) {
        PlanRequest request = new PlanRequest(
                json.constant("strategy", Strategy.class),
                bytes(json, "gpuMemoryBytes"),
                json.integer("promptTokens", 1),
                json.integer("generatedTokens", 1),
                json.constant("kvType", KvType.class),
                // Plans for one sequence were written without.
                json.has("sequences") ? json.integer("sequences", 1) : 1);
        json.end();
        return request;
    }

    private static HostShare host(JsonObject json) {
        HostShare host =
                new HostShare(json.integer("saturatingThreads", 1), bytes(json, "weightBytes"), bytes(json, "kvBytes"));
        json.end();
        return host;
    }

    private static Reservation memory(JsonObject json) {
        Reservation memory = new Reservation(
                bytes(json, "weightBytes"),
                bytes(json, "kvBytes"),
                bytes(json, "ringBytes"),
                bytes(json, "activationBytes"));
        json.end();
        return memory;
    }

    private static List<Boolean> kvOnGpu(JsonObject json) {
        int layers = (int) json.longInteger("layers", 1, MOST_LAYERS);
        List<Boolean> onGpu = new ArrayList<>(Collections.nCopies(layers, false));
        for (double layer : json.numbers("kvLayersOnGpu")) {
            if (layer != Math.rint(layer) || layer >= layers) {
                throw json.failure("kvLayersOnGpu", "must be layers from 0 to " + (layers - 1) + ", one is " + layer);
            }
            onGpu.set((int) layer, true);
        }
        return onGpu;
    }

    private static PhasePrediction prediction(JsonObject json) {
        PhasePrediction prediction = new PhasePrediction(
                json.integer("tokens", 1),
                json.integer("passes", 1),
                json.positive("seconds"),
                json.nonNegative("cpuSeconds"),
                json.nonNegative("copySeconds"),
                json.nonNegative("gpuSeconds"));
        json.end();
        return prediction;
    }

    private static void put(ObjectNode json, LinearPlan plan) {
        PlannedLinear linear = plan.linear();
        json.put("name", linear.name());
        json.put("layer", linear.layer());
        json.put("group", linear.group().name());
        json.put("dtype", linear.shape().dtype().name());
        json.put("rows", linear.shape().rows());
        json.put("columns", linear.shape().columns());
        json.put("tiles", linear.shape().tiles());
        json.put("residentTiles", plan.residentTiles());
        json.put("gainSecondsPerByte", plan.gain());
        put(json.putObject("decode"), plan.decode());
        ArrayNode prefill = json.putArray("prefill");
        plan.prefill().forEach(share -> put(prefill.addObject(), share));
    }

    private static void put(ObjectNode json, PhaseShare share) {
        json.put("gpuShare", share.ratio().gpuShare());
        json.put("residentTiles", share.ratio().residentTiles());
        json.put("streamedTiles", share.ratio().streamedTiles());
        json.put("cpuTiles", share.ratio().cpuTiles());
        json.put("cpuSeconds", share.cpuSeconds());
        json.put("copySeconds", share.copySeconds());
        json.put("gpuSeconds", share.gpuSeconds());
    }

    private static LinearPlan linear(JsonObject json) {
        DType dtype = json.constant("dtype", DType.class);
        LinearShape shape = new LinearShape(dtype, json.integer("rows", 1), json.integer("columns", 1));
        if (json.integer("tiles", 1) != shape.tiles()) {
            throw json.failure("tiles", "must be " + shape.tiles() + " for " + shape.rows() + " rows");
        }
        LinearPlan plan = new LinearPlan(
                new PlannedLinear(
                        json.text("name"), json.integer("layer", 0), json.constant("group", GroupKind.class), shape),
                json.integer("residentTiles", 0),
                json.nonNegative("gainSecondsPerByte"),
                share(json.object("decode")),
                json.objects("prefill").stream().map(PlanFile::share).toList());
        json.end();
        return plan;
    }

    private static PhaseShare share(JsonObject json) {
        json.nonNegative("gpuShare");
        PhaseShare share = new PhaseShare(
                new SplitRatio(
                        json.integer("residentTiles", 0),
                        json.integer("streamedTiles", 0),
                        json.integer("cpuTiles", 0)),
                json.nonNegative("cpuSeconds"),
                json.nonNegative("copySeconds"),
                json.nonNegative("gpuSeconds"));
        json.end();
        return share;
    }

    private static long bytes(JsonObject json, String name) {
        return json.longInteger(name, 0, Long.MAX_VALUE / 8);
    }
}
