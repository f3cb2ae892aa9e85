package io.hetegen.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.bench.GpuReport.Equality;
import io.hetegen.engine.bench.GpuReport.Model;
import io.hetegen.engine.bench.GpuReport.Run;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.profile.HardwareDescription.Gpu;
import io.hetegen.engine.profile.HardwareDescription.Link;
import java.util.List;
import org.junit.jupiter.api.Test;

class GpuReportTest {

    private static final HardwareDescription HARDWARE = new HardwareDescription(
            "machine", new Cpu(8, 40, 60, 400, 900, 4), new Link(20, 20, 8), new Gpu(24, 600, 9e3, 3e4, 9e3, 2), 12);

    @Test
    void aRowHasTheErrorOfThePredictionAndWhatIsRead() {
        String table = report(new Equality(48, List.of()), new Run("HETEGEN", 4_000_000_000L, 11, 10.0, ""))
                .markdown();

        assertThat(table).contains("Equality: 48 cases, all bits as on the CPU.");
        assertThat(table).contains("CPU reads 40.0 GB/s, CPU and copies together 60.0 GB/s, link 20.0 GB/s");
        assertThat(table).contains("| 4.0 GB | HETEGEN | 11.00 | 10.00 | +10 % | 50.0 GB/s |  |");
    }

    @Test
    void whatIsWrongIsSaid() {
        String table = report(
                        new Equality(48, List.of("synthetic:tiny:q4_0: other logits")),
                        new Run("STREAM", 1_000_000_000L, 0, null, "needs more"))
                .markdown();

        assertThat(table).contains("Equality: 48 cases, 1 DIFFER: synthetic:tiny:q4_0: other logits");
        assertThat(table).contains("| 1.0 GB | STREAM | 0.00 |  |  |  | needs more |");
    }

    private static GpuReport report(Equality equality, Run run) {
        Model model = new Model("a model", 5_000_000_000L, HARDWARE, List.of(), List.of(run));
        return new GpuReport("2026-11-26", "a machine", "a GPU", 8, equality, List.of(model));
    }
}
