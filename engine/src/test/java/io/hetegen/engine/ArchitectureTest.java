package io.hetegen.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The engine's package arrows, and what it may not know. */
@AnalyzeClasses(packages = "io.hetegen.engine", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule KNOWS_NEITHER_FLINK_NOR_KAFKA_NOR_AVRO = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.flink..", "org.apache.kafka..", "org.apache.avro..", "info.picocli..");

    @ArchTest
    static final ArchRule ONLY_THE_TOKENIZER_KNOWS_ITS_LIBRARY = noClasses()
            .that()
            .resideOutsideOfPackage("io.hetegen.engine.tokenizer")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.djl..");

    /** JCuda's classes cannot load without a driver: only this package touches them, once it knows that there is one. */
    @ArchTest
    static final ArchRule ONLY_THE_CUDA_DEVICE_KNOWS_ITS_LIBRARY = noClasses()
            .that()
            .resideOutsideOfPackage("io.hetegen.engine.device.cuda")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jcuda..");

    /** The root package is the public face: it opens what lies below and everything may throw its exceptions. */
    @ArchTest
    static final ArchRule ARROWS_POINT_DOWN = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("generate")
            .definedBy("io.hetegen.engine.generate..")
            .layer("model")
            .definedBy("io.hetegen.engine.model..")
            .layer("linear")
            .definedBy("io.hetegen.engine.linear..")
            .layer("kernel")
            .definedBy("io.hetegen.engine.kernel..")
            .layer("tensor")
            .definedBy("io.hetegen.engine.tensor..")
            .layer("device")
            .definedBy("io.hetegen.engine.device..")
            .layer("plan")
            .definedBy("io.hetegen.engine.plan..")
            .layer("profile")
            .definedBy("io.hetegen.engine.profile..")
            .layer("chat")
            .definedBy("io.hetegen.engine.chat..")
            .layer("tokenizer")
            .definedBy("io.hetegen.engine.tokenizer..")
            .layer("format")
            .definedBy("io.hetegen.engine.format..")
            .whereLayer("generate")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("generate")
            .whereLayer("linear")
            .mayOnlyBeAccessedByLayers("model", "generate")
            .whereLayer("kernel")
            .mayOnlyBeAccessedByLayers("linear", "model", "generate")
            .whereLayer("device")
            .mayOnlyBeAccessedByLayers("tensor", "kernel", "linear", "model", "generate")
            .whereLayer("plan")
            .mayOnlyBeAccessedByLayers("linear", "model", "generate")
            .whereLayer("profile")
            .mayOnlyBeAccessedByLayers("plan", "linear", "model", "generate")
            .whereLayer("chat")
            .mayOnlyBeAccessedByLayers("generate")
            .whereLayer("tokenizer")
            .mayOnlyBeAccessedByLayers("chat", "generate")
            .whereLayer("format")
            .mayOnlyBeAccessedByLayers("tensor", "tokenizer", "chat", "profile", "model", "generate");

    /** A plan is made where there is neither the model's weights nor a GPU: from sizes and rates alone. */
    @ArchTest
    static final ArchRule PLANS_KNOW_NEITHER_KERNELS_NOR_DEVICES = noClasses()
            .that()
            .resideInAnyPackage("io.hetegen.engine.plan..", "io.hetegen.engine.profile..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.hetegen.engine.kernel..",
                    "io.hetegen.engine.device..",
                    "io.hetegen.engine.linear..",
                    "io.hetegen.engine.model..");

    @ArchTest
    static final ArchRule ONLY_THE_REGISTRY_HAS_STATIC_STATE = fields().that()
            .areStatic()
            .and()
            .areDeclaredInClassesThat()
            .doNotHaveFullyQualifiedName("io.hetegen.engine.EngineRegistry")
            .should()
            .beFinal();
}
