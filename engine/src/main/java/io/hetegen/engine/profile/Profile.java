package io.hetegen.engine.profile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was measured of one model on one machine.
 *
 * @param model fingerprint of the model's sizes, {@code ModelShape.fingerprint()}
 * @param threads of the team that was measured
 * @param hardware the totals: what is not a linear is reckoned from them
 * @param measurements for each distinct linear and batch size
 */
public record Profile(String model, int threads, HardwareDescription hardware, List<Measurement> measurements) {

    public static final int VERSION = 1;

    private static final int MOST_THREADS = 65_536;

    public Profile {
        measurements = List.copyOf(measurements);
        if (measurements.isEmpty()) {
            throw new IllegalArgumentException("a profile needs measurements");
        }
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
        HardwareDescription hardware = HardwareDescription.of(json.object("hardware"));
        List<Measurement> measurements = new ArrayList<>();
        for (JsonObject element : json.objects("measurements")) {
            measurements.add(measurement(element, hardware.gpu() != null));
        }
        if (measurements.isEmpty()) {
            throw json.failure("measurements", "is empty");
        }
        json.end();
        return new Profile(model, threads, hardware, measurements);
    }

    public void write(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("version", VERSION).put("model", model).put("threads", threads);
        json.set("hardware", mapper.valueToTree(hardware));
        ArrayNode array = json.putArray("measurements");
        for (Measurement measurement : measurements) {
            ObjectNode node = array.addObject();
            node.put("dtype", measurement.shape().dtype().name());
            node.put("rows", measurement.shape().rows());
            node.put("columns", measurement.shape().columns());
            node.put("tokens", measurement.tokens());
            node.set("cpu", curve(mapper, measurement.cpu()));
            if (measurement.gpu() != null && measurement.copy() != null) {
                node.set("gpu", curve(mapper, measurement.gpu()));
                node.set("copy", curve(mapper, measurement.copy()));
            }
        }
        Files.write(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    }

    private static ObjectNode curve(ObjectMapper mapper, Curve curve) {
        ObjectNode node = mapper.createObjectNode();
        node.set("tiles", mapper.valueToTree(curve.tiles()));
        node.set("seconds", mapper.valueToTree(curve.seconds()));
        return node;
    }

    private static Measurement measurement(JsonObject json, boolean withGpu) {
        DType dtype = json.constant("dtype", DType.class);
        int rows = json.integer("rows", 1);
        int columns = json.integer("columns", 1);
        if (columns % dtype.blockSize() != 0) {
            throw json.failure("columns", "must be a multiple of " + dtype.blockSize() + ", is " + columns);
        }
        Measurement measurement = new Measurement(
                new LinearShape(dtype, rows, columns),
                json.integer("tokens", 1),
                curve(json.object("cpu")),
                withGpu ? curve(json.object("gpu")) : null,
                withGpu ? curve(json.object("copy")) : null);
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
