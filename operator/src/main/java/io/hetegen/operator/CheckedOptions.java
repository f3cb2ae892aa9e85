package io.hetegen.operator;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/** Reads options so that a malformed value is told like any other bad setting. */
public final class CheckedOptions {

    private CheckedOptions() {}

    /** @throws InvalidOptionException if the value is not of the option's type */
    public static <T> T get(ConfigOption<T> option, ReadableConfig config) {
        try {
            return config.get(option);
        } catch (IllegalArgumentException malformed) {
            // Flink's own message names the key, the value and what was expected.
            Throwable cause = malformed.getCause() == null ? malformed : malformed.getCause();
            throw new InvalidOptionException(
                    option.key() + " cannot be read: " + malformed.getMessage() + " (" + cause.getMessage()
                            + "); give a value like the default, " + option.defaultValue(),
                    malformed);
        }
    }

    /** @throws InvalidOptionException if the value is not an integer or below {@code least} */
    public static int atLeast(int least, String remedy, ConfigOption<Integer> option, ReadableConfig config) {
        int value = get(option, config);
        if (value < least) {
            throw new InvalidOptionException(option, value, "must be at least " + least, remedy);
        }
        return value;
    }
}
