package io.hetegen.jobs;

import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.operator.GenerateOptions;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.api.common.operators.SlotSharingGroup;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraphGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a plan means for Flink: the sizes of a TaskManager whose slots share one engine, and what each of these slots
 * asks for. The weights are taken once per TaskManager and so belong to its framework memory, not to a slot.
 *
 * @param slots of a TaskManager
 * @param cpuCores of one slot: together the threads at which the memory's bandwidth saturates
 * @param taskHeap of one slot
 * @param taskOffHeap of one slot: its part of the KV caches
 * @param gpu share of one slot, 0 without GPU
 * @param arena weights in the memory of the TaskManager
 * @param threads of the engine
 * @param prefillChunk prompt tokens that the engine takes in at once
 * @param sequences that the engine computes at once
 */
public record SlotPlan(
        int slots,
        double cpuCores,
        MemorySize taskHeap,
        MemorySize taskOffHeap,
        double gpu,
        MemorySize arena,
        int threads,
        int prefillChunk,
        int sequences) {

    /** The name of the GPU among Flink's external resources. */
    public static final String GPU = "gpu";

    /** Records in flight, state and Flink's own; the engine's memory is outside the heap. */
    private static final MemorySize TASK_HEAP = MemorySize.ofMebiBytes(512);

    private static final Logger LOG = LoggerFactory.getLogger(SlotPlan.class);
    private static final String GPU_DRIVER = "org.apache.flink.externalresource.gpu.GPUDriverFactory";
    private static final long MEBI = 1 << 20;

    /** @param slots of a TaskManager, at least 1 */
    public static SlotPlan of(PartitionPlan plan, int slots) {
        return new SlotPlan(
                slots,
                (double) plan.host().saturatingThreads() / slots,
                TASK_HEAP,
                roundedUp(plan.host().kvBytes() / slots),
                plan.usesGpu() ? 1.0 / slots : 0,
                roundedUp(plan.host().weightBytes()),
                plan.threads(),
                plan.promptChunk(),
                plan.request().sequences());
    }

    /**
     * Has every slot of a job ask for its part of a plan. All operators of the job share these slots: a slot is a source, a
     * part of the engine and the sinks.
     *
     * @param plan its text; empty: nothing is asked for
     */
    static void register(StreamExecutionEnvironment env, String plan) {
        if (plan.isEmpty()) {
            return;
        }
        int slots = env.getConfiguration().get(TaskManagerOptions.NUM_TASK_SLOTS);
        SlotPlan sizes = of(PlanFile.parse(plan, GenerateOptions.PLAN.key()), slots);
        env.registerSlotSharingGroup(sizes.slotSharingGroup(StreamGraphGenerator.DEFAULT_SLOT_SHARING_GROUP));
        LOG.info("Each of {} slots of a TaskManager asks for {}", slots, sizes);
    }

    /** Flink's keys for {@code config.yaml}. */
    public Map<String, String> clusterSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        MemorySize framework = TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY.defaultValue();
        settings.put(TaskManagerOptions.NUM_TASK_SLOTS.key(), Integer.toString(slots));
        settings.put(TaskManagerOptions.CPU_CORES.key(), Double.toString(slots * cpuCores));
        settings.put(TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY.key(), text(framework.add(arena)));
        settings.put(TaskManagerOptions.TASK_HEAP_MEMORY.key(), text(taskHeap.multiply(slots)));
        settings.put(TaskManagerOptions.TASK_OFF_HEAP_MEMORY.key(), text(taskOffHeap.multiply(slots)));
        settings.put(TaskManagerOptions.MANAGED_MEMORY_SIZE.key(), text(MemorySize.ZERO));
        if (gpu > 0) {
            settings.put(ExternalResourceOptions.EXTERNAL_RESOURCE_LIST.key(), GPU);
            settings.put(ExternalResourceOptions.getAmountConfigOptionForResource(GPU), "1");
            settings.put(
                    ExternalResourceOptions.getExternalResourceDriverFactoryConfigOptionForResource(GPU), GPU_DRIVER);
        }
        return settings;
    }

    /** The job's own options that belong to the plan: it holds for so many sequences at a time. */
    public Map<String, String> jobSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(GenerateOptions.THREADS.key(), Integer.toString(threads));
        settings.put(GenerateOptions.MAX_SEQUENCES.key(), Integer.toString(sequences));
        settings.put(GenerateOptions.PREFILL_CHUNK.key(), Integer.toString(prefillChunk));
        return settings;
    }

    /** A plan as the options of a job, with what belongs to it. */
    public static Configuration jobConfiguration(PartitionPlan plan) {
        return Configuration.fromMap(of(plan, 1).jobSettings()).set(GenerateOptions.PLAN, PlanFile.toJson(plan));
    }

    /** What each subtask of the operator asks for. */
    public SlotSharingGroup slotSharingGroup(String name) {
        SlotSharingGroup.Builder builder = SlotSharingGroup.newBuilder(name)
                .setCpuCores(cpuCores)
                .setTaskHeapMemory(taskHeap)
                .setTaskOffHeapMemory(taskOffHeap);
        if (gpu > 0) {
            builder.setExternalResource(GPU, gpu);
        }
        return builder.build();
    }

    private static MemorySize roundedUp(long bytes) {
        return MemorySize.ofMebiBytes((bytes + MEBI - 1) / MEBI);
    }

    private static String text(MemorySize size) {
        return String.format(Locale.ROOT, "%d mb", size.getMebiBytes());
    }
}
