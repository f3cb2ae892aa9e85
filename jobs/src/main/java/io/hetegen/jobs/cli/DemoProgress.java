package io.hetegen.jobs.cli;

import io.hetegen.jobs.demo.DemoListener;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows how far the demo is: as a bar to someone who watches, as a few lines to a log. */
final class DemoProgress implements DemoListener, AutoCloseable {

    private static final int COLUMNS = 79;

    private final Terminal terminal;
    private final int records;
    private @Nullable ProgressBar bar;

    private DemoProgress(Terminal terminal, int records) {
        this.terminal = terminal;
        this.records = records;
    }

    static DemoProgress on(Terminal terminal, int records) {
        return new DemoProgress(terminal, records);
    }

    @Override
    public void stage(String what) {
        close();
        terminal.err().println(what + " ...");
    }

    @Override
    public void progress(int generated, int committed) {
        if (!terminal.errorIsTerminal()) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("Completions")
                    .setInitialMax(records)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setConsumer(new ConsoleProgressBarConsumer(terminal.err(), COLUMNS))
                    .hideEta()
                    .build();
        }
        bar.stepTo(generated);
        bar.setExtraMessage(" " + committed + " committed");
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
