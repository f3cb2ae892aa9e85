package io.hetegen.jobs.cli;

import io.hetegen.jobs.SlotPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A slot plan as a fragment of {@code config.yaml}; what is no key of Flink's cluster stands in comments. */
final class SlotPlanText {

    private SlotPlanText() {}

    static List<String> of(SlotPlan plan) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "# TaskManagers for this plan; merge into Flink's config.yaml, in place of what it says of these keys");
        lines.add("# and of taskmanager.memory.process.size. Weights: "
                + plan.arena().toHumanReadableString() + ", once" + " per TaskManager.");
        plan.clusterSettings().forEach((key, value) -> lines.add(key + ": " + value));
        lines.add("");
        lines.add("# What the job sets: options");
        plan.jobSettings().forEach((key, value) -> lines.add("#   --" + key + " " + value));
        lines.add("# and the slot sharing group of each subtask that generates:");
        lines.add(String.format(Locale.ROOT, "#   cpu cores      %.2f", plan.cpuCores()));
        lines.add("#   task heap      " + plan.taskHeap().getMebiBytes() + " mb");
        lines.add("#   task off-heap  " + plan.taskOffHeap().getMebiBytes() + " mb");
        if (plan.gpu() > 0) {
            lines.add(String.format(Locale.ROOT, "#   %-14s %.4f", SlotPlan.GPU, plan.gpu()));
        }
        return lines;
    }
}
