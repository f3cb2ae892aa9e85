package io.hetegen.jobs.cli;

import io.hetegen.engine.Numerics;
import picocli.CommandLine.Option;

/** {@code --numerics}, for the commands that generate. */
final class NumericsOption {

    @Option(
            names = "--numerics",
            paramLabel = "NUMERICS",
            defaultValue = "reproducible",
            description = "reproducible (default): the same answer in every run, on every machine. fast: with a GPU, "
                    + "prefill with float weights through cuBLAS; answers may differ from run to run.")
    private Numerics numerics;

    Numerics numerics() {
        return numerics;
    }
}
