package io.hetegen.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the operator may not know. */
@AnalyzeClasses(packages = "io.hetegen.operator", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule KNOWS_NEITHER_KAFKA_NOR_AVRO = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "org.apache.flink.connector.kafka..",
                    "org.apache.avro..",
                    "io.hetegen.jobs..");

    @ArchTest
    static final ArchRule SEES_ONLY_THE_PUBLIC_FACE_OF_THE_ENGINE = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.hetegen.engine.format..",
                    "io.hetegen.engine.tensor..",
                    "io.hetegen.engine.kernel..",
                    "io.hetegen.engine.linear..",
                    "io.hetegen.engine.model..",
                    "io.hetegen.engine.generate..",
                    "io.hetegen.engine.device..");

    @ArchTest
    static final ArchRule HAS_NO_STATIC_STATE =
            fields().that().areStatic().should().beFinal();
}
