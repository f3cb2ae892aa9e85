package io.hetegen.operator;

import io.hetegen.engine.KvType;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.RooflineCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The text of a plan for a tiny model. */
final class TestPlan {

    static final String JSON = json();

    private TestPlan() {}

    private static String json() {
        try (ModelFile file = SyntheticModelFile.of("synthetic:tiny:q8_0")) {
            HardwareDescription hardware = HardwareDescription.read(Path.of("../docs/hardware/a10.json"));
            Planner planner = new Planner(
                    ModelShapeReader.read(file, ModelConfigReader.read(file)), new RooflineCosts(hardware, 16));
            return PlanFile.toJson(planner.plan(new PlanRequest(Strategy.CPU, 0, 64, 64, KvType.F16)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
