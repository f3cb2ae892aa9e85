package io.hetegen.jobs.cli;

import java.util.function.DoubleConsumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** How far measuring is, as a bar to someone who watches; nothing else. Told parts from 0 to 1. */
final class MeasuringBar implements DoubleConsumer, AutoCloseable {

    private static final int COLUMNS = 79;
    private static final int STEPS = 100;

    private final Terminal terminal;
    private @Nullable ProgressBar bar;

    MeasuringBar(Terminal terminal) {
        this.terminal = terminal;
    }

    void say(String what) {
        if (terminal.errorIsTerminal()) {
            terminal.err().println(what + " ...");
        }
    }

    @Override
    public void accept(double done) {
        if (!terminal.errorIsTerminal()) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("Measuring")
                    .setInitialMax(STEPS)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setConsumer(new ConsoleProgressBarConsumer(terminal.err(), COLUMNS))
                    .hideEta()
                    .build();
        }
        bar.stepTo((long) (STEPS * done));
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
