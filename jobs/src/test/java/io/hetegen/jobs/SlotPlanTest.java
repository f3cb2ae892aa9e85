package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.RooflineCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.operator.GenerateOptions;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.operators.SlotSharingGroup;
import org.apache.flink.api.common.resources.ExternalResource;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.clusterframework.types.ResourceProfile;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraphGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotPlanTest {

    private static final long MEBI = 1 << 20;

    @ParameterizedTest
    @ValueSource(longs = {0, 100_000_000})
    void everyKeyIsOneOfFlinksOptionsAndEveryValueOfItsType(long gpuMemory) throws Exception {
        Map<String, ConfigOption<?>> options = options();
        Map<String, String> settings = SlotPlan.of(plan(gpuMemory), 2).clusterSettings();
        Configuration configuration = Configuration.fromMap(settings);

        assertThat(settings).isNotEmpty();
        assertThat(options).doesNotContainKey("taskmanager.no-such-key");
        for (String key : settings.keySet()) {
            String generic = key.replace("." + SlotPlan.GPU + ".", ".<resource_name>.");
            ConfigOption<?> option = options.get(generic);
            assertThat(option).as(key).isNotNull();
            configuration.setString(generic, settings.get(key));
            assertThat(configuration.getOptional(option)).as(key).isPresent();
        }
    }

    @Test
    void flinkAcceptsTheSizesAndTheWeightsFit() throws IOException {
        PartitionPlan plan = plan(100_000_000);
        SlotPlan slots = SlotPlan.of(plan, 2);

        TaskExecutorProcessSpec process =
                TaskExecutorProcessUtils.processSpecFromConfig(Configuration.fromMap(slots.clusterSettings()));

        assertThat(process.getNumSlots()).isEqualTo(2);
        assertThat(process.getCpuCores().getValue().doubleValue()).isEqualTo(2 * slots.cpuCores());
        assertThat(process.getTotalFlinkMemorySize().getBytes())
                .isGreaterThan(plan.host().weightBytes());
        assertThat(slots.clusterSettings())
                .containsEntry(
                        TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY.key(),
                        (slots.arena().getMebiBytes() + 128) + " mb");
        assertThat(slots.arena().getBytes())
                .isBetween(plan.host().weightBytes(), plan.host().weightBytes() + MEBI);
        assertThat(process.getTaskHeapSize()).isEqualTo(slots.taskHeap().multiply(2));
    }

    @Test
    void theSlotsShareTheEngine() throws IOException {
        SlotPlan plan = SlotPlan.of(plan(100_000_000), 4);

        SlotSharingGroup group = plan.slotSharingGroup("generate");

        assertThat(group.getCpuCores()).hasValue(4.0);
        assertThat(group.getExternalResources()).containsEntry("gpu", 0.25);
        assertThat(group.getTaskHeapMemory()).hasValue(plan.taskHeap());
        assertThat(plan.jobSettings())
                .containsOnlyKeys(
                        GenerateOptions.THREADS.key(),
                        GenerateOptions.MAX_SEQUENCES.key(),
                        GenerateOptions.PREFILL_CHUNK.key());
    }

    @Test
    void everySlotOfAJobWithAPlanAsksForItsPart() throws IOException {
        PartitionPlan plan = plan(100_000_000);

        ResourceProfile asked = askedOfEachSlot(PlanFile.toJson(plan));

        SlotPlan sizes = SlotPlan.of(plan, 2);
        assertThat(asked.getCpuCores().getValue().doubleValue()).isEqualTo(sizes.cpuCores());
        assertThat(asked.getTaskHeapMemory()).isEqualTo(sizes.taskHeap());
        assertThat(asked.getTaskOffHeapMemory()).isEqualTo(sizes.taskOffHeap());
        assertThat(asked.getExtendedResources())
                .isEqualTo(Map.of(SlotPlan.GPU, new ExternalResource(SlotPlan.GPU, 0.5)));
        assertThat(askedOfEachSlot("")).isEqualTo(ResourceProfile.UNKNOWN);
    }

    private static ResourceProfile askedOfEachSlot(String plan) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(TaskManagerOptions.NUM_TASK_SLOTS, 2));
        SlotPlan.register(env, plan);
        env.fromSequence(1, 2).sinkTo(new DiscardingSink<>());
        return env.getStreamGraph()
                .getSlotSharingGroupResource(StreamGraphGenerator.DEFAULT_SLOT_SHARING_GROUP)
                .orElse(ResourceProfile.UNKNOWN);
    }

    @Test
    void withoutGpuTheCacheIsTheSlots() throws IOException {
        PartitionPlan plan = plan(0);

        SlotPlan slots = SlotPlan.of(plan, 1);

        assertThat(slots.gpu()).isZero();
        assertThat(slots.slotSharingGroup("generate").getExternalResources()).isEmpty();
        assertThat(plan.host().kvBytes()).isEqualTo(24L * 576 * 2 * 2048 * 2);
        assertThat(slots.taskOffHeap().getBytes())
                .isBetween(plan.host().kvBytes(), plan.host().kvBytes() + MEBI);
        assertThat(slots.clusterSettings()).doesNotContainKey(ExternalResourceOptions.EXTERNAL_RESOURCE_LIST.key());
    }

    static PartitionPlan plan(long gpuMemory) throws IOException {
        try (ModelFile file = SyntheticModelFile.of("synthetic:opt-1.3b:q8_0")) {
            return plan(file, gpuMemory);
        }
    }

    /** On a machine that is larger than any that tests run on. */
    static PartitionPlan plan(ModelFile file, long gpuMemory) throws IOException {
        HardwareDescription hardware = HardwareDescription.read(Path.of("../docs/hardware/a10.json"));
        Planner planner =
                new Planner(ModelShapeReader.read(file, ModelConfigReader.read(file)), new RooflineCosts(hardware, 16));
        return planner.plan(new PlanRequest(Strategy.HETEGEN, gpuMemory, 512, 64, KvType.F16));
    }

    private static Map<String, ConfigOption<?>> options() throws ReflectiveOperationException {
        Map<String, ConfigOption<?>> options = new HashMap<>();
        for (Class<?> type : List.of(TaskManagerOptions.class, ExternalResourceOptions.class)) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && ConfigOption.class.isAssignableFrom(field.getType())) {
                    field.setAccessible(true);
                    ConfigOption<?> option = (ConfigOption<?>) field.get(null);
                    options.put(option.key(), option);
                }
            }
        }
        assertThat(options.keySet().stream()
                        .filter(key -> key.contains("<resource_name>"))
                        .collect(Collectors.toSet()))
                .hasSizeGreaterThanOrEqualTo(2);
        return options;
    }
}
