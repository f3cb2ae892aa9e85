package io.hetegen.jobs.cli;

import io.hetegen.engine.KvType;
import picocli.CommandLine.Option;

/** {@code --kv-type}, for the commands that have a key-value cache. */
final class KvTypeOption {

    @Option(
            names = "--kv-type",
            paramLabel = "TYPE",
            defaultValue = "f16",
            description = "Number format of the key-value cache: f16 (default) or f32.")
    private KvType type;

    KvType type() {
        return type;
    }
}
