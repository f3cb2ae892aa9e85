package io.hetegen.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows inside the jobs module. */
@AnalyzeClasses(packages = "io.hetegen.jobs", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule THE_JOB_KNOWS_NEITHER_COMMAND_LINE_NOR_DEMO = noClasses()
            .that()
            .resideOutsideOfPackages("io.hetegen.jobs.cli..", "io.hetegen.jobs.demo..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.hetegen.jobs.cli..", "io.hetegen.jobs.demo..", "picocli..", "me.tongfei..");

    /** The cluster's class path has no arithmetic below the engine's public face; the command line looks inside files. */
    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_LOOKS_INSIDE_THE_ENGINE = noClasses()
            .that()
            .resideOutsideOfPackages("io.hetegen.jobs.cli..")
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
