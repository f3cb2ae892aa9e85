package io.hetegen.operator;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.KvType;
import io.hetegen.engine.Numerics;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The settings of {@link GenerateFunction}, checked when it is made. */
public final class GenerateOptions {

    public static final ConfigOption<String> MODEL_PATH = ConfigOptions.key("hetegen.model.path")
            .stringType()
            .noDefaultValue()
            .withDescription("The GGUF file of the model, at the same path on every TaskManager. Required. It is read"
                    + " where the job runs, not where it is submitted.");

    public static final ConfigOption<Integer> THREADS = ConfigOptions.key("hetegen.engine.threads")
            .intType()
            .defaultValue(0)
            .withDescription(
                    "CPU threads that compute, for all subtasks of a TaskManager together. 0, the default,"
                            + " takes all that the process may use: the engine is what a TaskManager is there for. At most 1024.");

    public static final ConfigOption<Integer> CONTEXT_LENGTH = ConfigOptions.key("hetegen.engine.context-length")
            .intType()
            .defaultValue(0)
            .withDescription("Most tokens of prompt and answer together; longer prompts are dead letters. 0, the"
                    + " default, takes the model's own limit. A lower one bounds the memory of the key-value cache.");

    public static final ConfigOption<Integer> MAX_SEQUENCES = ConfigOptions.key("hetegen.engine.max-sequences")
            .intType()
            .defaultValue(EngineOptions.DEFAULT_MAX_SEQUENCES)
            .withDescription("Most sequences in the engine's batch, for all subtasks of a TaskManager together. Each"
                    + " has a key-value cache of its own; weights are read once per step for all of them. The default"
                    + " is where a CPU gains little more from a larger batch.");

    public static final ConfigOption<Integer> PREFILL_CHUNK = ConfigOptions.key("hetegen.engine.prefill-chunk")
            .intType()
            .defaultValue(EngineOptions.DEFAULT_PREFILL_CHUNK)
            .withDescription("Most prompt tokens that one step takes in for one sequence. Larger is faster for long"
                    + " prompts, and lets the other sequences wait longer for their next token; the default is where"
                    + " the gain flattens. The answers do not depend on it.");

    public static final ConfigOption<KvType> KV_TYPE = ConfigOptions.key("hetegen.engine.kv-type")
            .enumType(KvType.class)
            .defaultValue(KvType.F16)
            .withDescription("Number format of the key-value cache. F16, the default, halves its memory. The answers"
                    + " depend on it: keep it for the life of a job.");

    public static final ConfigOption<Numerics> NUMERICS = ConfigOptions.key("hetegen.engine.numerics")
            .enumType(Numerics.class)
            .defaultValue(Numerics.REPRODUCIBLE)
            .withDescription(
                    "reproducible, the default, gives the same answer in every run, on every machine. fast lets"
                            + " a GPU that takes part (hetegen.engine.plan, hetegen.engine.gpu) multiply float weights through cuBLAS in passes of 9"
                            + " tokens and more: tensor cores for prefill. Each prompt is still answered exactly once, but an"
                            + " answer that is generated again after a failure may be another. Quantized weights and a CPU"
                            + " alone gain nothing by it.");

    /** What a GPU does without a plan that is given. */
    public enum Gpu {
        OFF,
        AUTO
    }

    public static final ConfigOption<Gpu> GPU = ConfigOptions.key("hetegen.engine.gpu")
            .enumType(Gpu.class)
            .defaultValue(Gpu.OFF)
            .withDescription(
                    "AUTO measures the GPU that a TaskManager finds with the model, once, plans with it when the"
                            + " engine is opened, and uses it as far as that is faster. OFF, the default, leaves everything to the"
                            + " CPU, because only a plan that is known before the start can size the slots: in a cluster give"
                            + " hetegen.engine.plan instead. One of the two. The answers do not depend on it.");

    public static final ConfigOption<String> PROFILES = ConfigOptions.key("hetegen.engine.profiles")
            .stringType()
            .defaultValue("")
            .withDescription(
                    "Folder on the TaskManager where what hetegen.engine.gpu AUTO measures is kept. Empty, the"
                            + " default, is hetegen-profiles in the JVM's folder for temporary files, which a container may write"
                            + " and loses at its end: name a volume, and the next container does not measure again (about 15 s).");

    public static final ConfigOption<String> PLAN = ConfigOptions.key("hetegen.engine.plan")
            .stringType()
            .defaultValue("")
            .withDescription(
                    "The text of a plan that splits the model between CPU and GPU, as `hetegen plan` writes it."
                            + " The job's argument --plan FILE puts it here and sizes slots by it. Empty, the default, leaves"
                            + " everything to the CPU. The answers do not depend on it.");

    public static final ConfigOption<MemorySize> GPU_MEMORY = ConfigOptions.key("hetegen.engine.gpu-memory")
            .memoryType()
            .defaultValue(MemorySize.ZERO)
            .withDescription("Most GPU memory of the engine, for all subtasks of a TaskManager together. 0, the"
                    + " default, takes what the plan was made for, or with hetegen.engine.gpu AUTO what is free but for"
                    + " 256 MiB; with less, what gains least stays in the host's memory.");

    public static final ConfigOption<Duration> LINGER = ConfigOptions.key("hetegen.engine.linger")
            .durationType()
            .defaultValue(Duration.ofMinutes(2))
            .withDescription("How long the engine stays open after its last subtask has gone, so that a restart finds"
                    + " it warm. The default is longer than a usual restart with its delays.");

    public static final ConfigOption<Integer> GENERATING = ConfigOptions.key("hetegen.generate.generating")
            .intType()
            .defaultValue(EngineOptions.DEFAULT_MAX_SEQUENCES)
            .withDescription("Most prompts of one subtask that are in the engine at once; the others wait in state."
                    + " The default fills the engine's default batch from one subtask. More than"
                    + " hetegen.engine.max-sequences only moves the waiting into the engine.");

    public static final ConfigOption<MemorySize> ADMITTED = ConfigOptions.key("hetegen.generate.admitted")
            .memoryType()
            .defaultValue(MemorySize.ofMebiBytes(16))
            .withDescription("Bytes of records per subtask that are taken from the input into state without being"
                    + " generated: waiting prompts, and answers held back for the order of their key. Above it the"
                    + " input is stopped. Every savepoint carries them, so the default is small; it is still thousands"
                    + " of ordinary prompts.");

    public static final ConfigOption<Boolean> PREVIEWS = ConfigOptions.key("hetegen.generate.previews.enabled")
            .booleanType()
            .defaultValue(false)
            .withDescription("Whether pieces of unfinished answers go to the side output of previews. Off by default:"
                    + " most consumers want answers only, and previews are many records.");

    public static final ConfigOption<Integer> PREVIEW_TOKENS = ConfigOptions.key("hetegen.generate.previews.tokens")
            .intType()
            .defaultValue(4)
            .withDescription("Tokens per preview. 1 shows every token at once; the default is a quarter of the records"
                    + " and still reads fluently.");

    private GenerateOptions() {}
}
