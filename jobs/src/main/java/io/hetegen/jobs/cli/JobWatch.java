package io.hetegen.jobs.cli;

import io.hetegen.jobs.demo.LocalCluster;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobStatus;
import picocli.CommandLine.ExitCode;

/** Tells how a running job does, and stops it with a savepoint when the process is told to end. */
final class JobWatch {

    private static final long INTERVAL_MILLIS = 1_000;

    private final Terminal terminal;
    private final LocalCluster.Job job;
    private final String name;
    private final AtomicBoolean stopping = new AtomicBoolean();

    JobWatch(Terminal terminal, LocalCluster.Job job, String name) {
        this.terminal = terminal;
        this.job = job;
        this.name = name;
    }

    /** Returns the exit code when the job has ended by itself. */
    int untilItEnds() throws Exception {
        Thread stop = new Thread(this::stop, "hetegen-stop");
        Runtime.getRuntime().addShutdownHook(stop);
        JobStatus status = job.status();
        String shown = "";
        int restarts = 0;
        while (!status.isGloballyTerminalState()) {
            int now = job.restarts();
            if (now > restarts) {
                restarts = now;
                terminal.err()
                        .println((terminal.errorIsTerminal() ? "\n" : "") + name
                                + ": the job failed and was started again: " + job.failure());
            }
            String line = status.name().toLowerCase(Locale.ROOT) + ", checkpoints " + job.completedCheckpoints()
                    + ", restarts " + restarts;
            shown = show(line, shown);
            Thread.sleep(INTERVAL_MILLIS);
            status = job.status();
        }
        if (stopping.get()) {
            // The hook ends the process.
            stop.join();
        }
        Runtime.getRuntime().removeShutdownHook(stop);
        if (status == JobStatus.FAILED) {
            throw new CommandFailure("the job failed: " + job.failure());
        }
        terminal.err().println("The job has ended: " + name);
        return ExitCode.OK;
    }

    private String show(String line, String shown) {
        if (terminal.errorIsTerminal()) {
            terminal.err()
                    .print("\r" + LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + name + ": " + line + "   ");
            terminal.err().flush();
        } else if (!line.replaceAll("checkpoints \\d+, ", "").equals(shown.replaceAll("checkpoints \\d+, ", ""))) {
            terminal.err().println(name + ": " + line);
        }
        return line;
    }

    private void stop() {
        stopping.set(true);
        terminal.err().println("\nStopping; unfinished prompts go into a savepoint ...");
        int exitCode = ExitCode.OK;
        try {
            terminal.err().println("Stopped. The next run goes on from " + job.stop());
        } catch (Exception e) {
            terminal.err()
                    .println("hetegen: no savepoint could be taken (" + e.getMessage()
                            + "); the next run goes on from the last checkpoint, or begins anew if there was none");
            exitCode = ExitCode.SOFTWARE;
        }
        // The cluster's threads would go on, and the exit code would tell of the signal.
        Runtime.getRuntime().halt(exitCode);
    }
}
