package io.hetegen.jobs;

import io.hetegen.engine.plan.PlanFile;
import io.hetegen.engine.profile.InvalidFileException;
import io.hetegen.operator.InvalidOptionException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.YamlParserUtils;

/**
 * The job's command line: {@code --config FILE} reads options from a file, YAML by its ending {@code .yaml} or
 * {@code .yml}, else Java properties; {@code --plan FILE} takes a plan, and its threads, sequences and prefill chunk
 * where nothing else is said; {@code --key value} sets one. What comes later wins.
 */
final class JobArguments {

    private JobArguments() {}

    static Configuration parse(String[] args) {
        Configuration config = new Configuration();
        Configuration planned = new Configuration();
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i];
            if (!name.startsWith("--") || name.length() == 2) {
                throw new InvalidOptionException(
                        "argument " + name + " is not an option: give --config FILE or --key value");
            }
            if (i + 1 == args.length) {
                throw new InvalidOptionException("option " + name + " has no value: give --key value");
            }
            if (name.equals("--config")) {
                read(Path.of(args[i + 1]), config);
            } else if (name.equals("--plan")) {
                planned = plan(Path.of(args[i + 1]));
            } else {
                config.setString(name.substring(2), args[i + 1]);
            }
        }
        planned.addAll(config);
        return planned;
    }

    private static Configuration plan(Path file) {
        try {
            return SlotPlan.jobConfiguration(PlanFile.read(file));
        } catch (InvalidFileException e) {
            throw new InvalidOptionException("--plan: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new InvalidOptionException(
                    "--plan is " + file + ", but there is no file that can be read: correct the path", e);
        }
    }

    private static void read(Path file, Configuration config) {
        if (!Files.isReadable(file)) {
            throw new InvalidOptionException(
                    "--config is " + file + ", but there is no file that can be read: correct the path");
        }
        String name = file.toString();
        try {
            if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                flatten("", YamlParserUtils.loadYamlFile(file.toFile()), config);
            } else {
                readProperties(file, config);
            }
        } catch (Exception e) {
            throw new InvalidOptionException("--config is " + file + ", which cannot be read: " + e.getMessage(), e);
        }
    }

    private static void readProperties(Path file, Configuration config) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        properties.stringPropertyNames().forEach(key -> config.setString(key, properties.getProperty(key)));
    }

    private static void flatten(String prefix, Map<?, ?> values, Configuration config) {
        values.forEach((key, value) -> {
            String name = prefix + key;
            if (value instanceof Map<?, ?> nested) {
                flatten(name + ".", nested, config);
            } else if (value != null) {
                config.setString(name, value instanceof String text ? text : YamlParserUtils.toYAMLString(value));
            }
        });
    }
}
