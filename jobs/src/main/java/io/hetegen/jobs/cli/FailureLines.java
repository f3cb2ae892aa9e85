package io.hetegen.jobs.cli;

import io.hetegen.engine.HeteGenException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The one place where a failure becomes an exit code (1, or 2 for wrong usage) and one line on standard error. */
final class FailureLines implements IExecutionExceptionHandler, IParameterExceptionHandler {

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        return report(failure, command, verbose(command));
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + oneLine(failure.getMessage()) + " (see " + name + " --help)");
        return ExitCode.USAGE;
    }

    static int report(Throwable failure, CommandLine command, boolean verbose) {
        command.getErr().println("hetegen: " + line(failure));
        if (verbose) {
            failure.printStackTrace(command.getErr());
        }
        return ExitCode.SOFTWARE;
    }

    private static String line(Throwable failure) {
        if (failure instanceof HeteGenException) {
            return oneLine(failure.getMessage());
        }
        if (failure instanceof NoSuchFileException missing) {
            return "no such file: " + missing.getFile();
        }
        if (failure instanceof AccessDeniedException denied) {
            return "access denied: " + denied.getFile();
        }
        if (failure instanceof IOException) {
            return "input or output failed: " + oneLine(failure.getMessage());
        }
        if (failure instanceof OutOfMemoryError) {
            return "out of memory (" + oneLine(failure.getMessage())
                    + "); give the JVM more with HETEGEN_JAVA_OPTS=-Xmx8g, say";
        }
        return "unexpected failure: " + oneLine(failure.toString()) + " (--verbose shows where)";
    }

    private static String oneLine(@org.jspecify.annotations.Nullable String message) {
        return message == null ? "no message" : message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static boolean verbose(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return root.getCommandSpec().userObject() instanceof HeteGenCommand top && top.verbose();
    }
}
