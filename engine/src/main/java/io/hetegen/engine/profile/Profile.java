package io.hetegen.engine.profile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of one model on one machine.
 *
 * @param model fingerprint of the model's sizes, {@code ModelShape.fingerprint()}
 * @param threads of the team that was measured
 * @param machine what else the numbers belong to, in words: CPU, kernels, GPU
 * @param hardware the totals: what is not a linear is reckoned from them
 * @param measurements for each distinct linear and batch size
 * @param remarks sentences for people: why no GPU was measured, for example
 */
public record Profile(
        String model,
        int threads,
        String machine,
        HardwareDescription hardware,
        List<Measurement> measurements,
        List<String> remarks) {

    public static final int VERSION = 3;

    private static final int MOST_THREADS = 65_536;

    public Profile {
        measurements = List.copyOf(measurements);
        remarks = List.copyOf(remarks);
        if (measurements.isEmpty()) {
            throw new IllegalArgumentException("a profile needs measurements");
        }
    }

    public Profile withRemark(String remark) {
        List<String> more = new ArrayList<>(remarks);
        more.add(remark);
        return new Profile(model, threads, machine, hardware, measurements, more);
    }

    /** What a profile must have in common with what is wanted to be of use. */
    public ProfileKey key() {
        return new ProfileKey(model, threads, machine);
    }

    /** As if so much of the GPU's memory were free. */
    public Profile withGpuMemory(long bytes) {
        return new Profile(model, threads, machine, hardware.withGpuMemory(bytes), measurements, remarks);
    }

    /** @throws InvalidFileException naming file and field */
    public static Profile read(Path file) throws IOException {
        return of(JsonObject.read(file));
    }

    static Profile of(JsonObject json) {
        if (json.integer("version", 0) != VERSION) {
            throw json.failure("version", "must be " + VERSION + ": measure again with this release");
        }
        String model = json.text("model");
        int threads = (int) json.longInteger("threads", 1, MOST_THREADS);
        String machine = json.text("machine");
        HardwareDescription hardware = HardwareDescription.of(json.object("hardware"));
        List<Measurement> measurements = new ArrayList<>();
        for (JsonObject element : json.objects("measurements")) {
            measurements.add(measurement(element, hardware.gpu() != null));
        }
        if (measurements.isEmpty()) {
            throw json.failure("measurements", "is empty");
        }
        List<String> remarks = json.texts("remarks");
        json.end();
        return new Profile(model, threads, machine, hardware, measurements, remarks);
    }

    public void write(Path file) throws IOException {
        Files.writeString(file, toJson() + System.lineSeparator());
    }

    public String toJson() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("version", VERSION).put("model", model).put("threads", threads).put("machine", machine);
        json.set("hardware", mapper.valueToTree(hardware));
        ArrayNode array = json.putArray("measurements");
        for (Measurement measurement : measurements) {
            ObjectNode node = array.addObject();
            node.put("dtype", measurement.shape().dtype().name());
            node.put("rows", measurement.shape().rows());
            node.put("columns", measurement.shape().columns());
            node.put("tokens", measurement.tokens());
            put(node, "cpu", measurement.cpu());
            put(node, "gpu", measurement.gpu());
            put(node, "copy", measurement.copy());
            put(node, "cpuBesideCopies", measurement.cpuBesideCopies());
            put(node, "copyBesideCpu", measurement.copyBesideCpu());
        }
        json.set("remarks", mapper.valueToTree(remarks));
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of numbers and strings can be written", e);
        }
    }

    private static void put(ObjectNode node, String name, @Nullable Curve curve) {
        if (curve != null) {
            ArrayNode tiles = node.putObject(name).putArray("tiles");
            IntStream.of(curve.tiles()).forEach(tiles::add);
            ArrayNode seconds = ((ObjectNode) node.get(name)).putArray("seconds");
            DoubleStream.of(curve.seconds()).forEach(seconds::add);
        }
    }

    private static Measurement measurement(JsonObject json, boolean withGpu) {
        DType dtype = json.constant("dtype", DType.class);
        int rows = json.integer("rows", 1);
        int columns = json.integer("columns", 1);
        if (columns % dtype.blockSize() != 0) {
            throw json.failure("columns", "must be a multiple of " + dtype.blockSize() + ", is " + columns);
        }
        LinearShape shape = new LinearShape(dtype, rows, columns);
        int tokens = json.integer("tokens", 1);
        Curve cpu = curve(json.object("cpu"));
        Measurement measurement = withGpu
                ? new Measurement(
                        shape,
                        tokens,
                        cpu,
                        curve(json.object("gpu")),
                        curve(json.object("copy")),
                        curve(json.object("cpuBesideCopies")),
                        curve(json.object("copyBesideCpu")))
                : new Measurement(shape, tokens, cpu);
        json.end();
        return measurement;
    }

    private static Curve curve(JsonObject json) {
        double[] numbers = json.numbers("tiles");
        int[] tiles = new int[numbers.length];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = (int) numbers[i];
            if (tiles[i] != numbers[i]) {
                throw json.failure("tiles", "must be integers, one is " + numbers[i]);
            }
        }
        double[] seconds = json.numbers("seconds");
        json.end();
        try {
            return new Curve(tiles, seconds);
        } catch (IllegalArgumentException e) {
            throw json.failure("tiles", "are no curve: " + e.getMessage());
        }
    }
}
