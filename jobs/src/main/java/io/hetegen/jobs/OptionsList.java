package io.hetegen.jobs;

import io.hetegen.operator.GenerateOptions;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** Every option that the job knows, in the order of declaration. */
final class OptionsList {

    private OptionsList() {}

    static List<ConfigOption<?>> all() {
        List<ConfigOption<?>> options = new ArrayList<>(of(JobOptions.class));
        options.addAll(of(GenerateOptions.class));
        return options;
    }

    static List<ConfigOption<?>> of(Class<?> holder) {
        List<ConfigOption<?>> options = new ArrayList<>();
        for (Field field : holder.getFields()) {
            if (field.getType() == ConfigOption.class) {
                try {
                    options.add((ConfigOption<?>) field.get(null));
                } catch (IllegalAccessException e) {
                    throw new AssertionError("public constants are accessible", e);
                }
            }
        }
        return options;
    }
}
