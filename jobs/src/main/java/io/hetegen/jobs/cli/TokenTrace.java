package io.hetegen.jobs.cli;

import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.plan.GroupKind;
import io.hetegen.engine.plan.Span;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Decodes a few tokens and records what the lanes did for them. */
final class TokenTrace {

    /** The first ones fill the ring. */
    private static final int TOKENS = 6;

    private static final double NANOS = 1e9;

    private final CausalLm model;
    private final Accelerator gpu;

    TokenTrace(CausalLm model, Accelerator gpu) {
        this.model = model;
        this.gpu = gpu;
    }

    /** Writes the whole trace, and beside it a picture of the last token. */
    void write(String title, Path file) throws IOException {
        double[] starts = new double[TOKENS + 1];
        try (KvCache cache = model.newCache()) {
            model.forward(List.of(new Slice(cache, new int[] {1}, LogitsFor.LAST)));
            gpu.beginTrace();
            long start = System.nanoTime();
            for (int i = 0; i < TOKENS; i++) {
                model.forward(List.of(new Slice(cache, new int[] {i}, LogitsFor.LAST)));
                starts[i + 1] = (System.nanoTime() - start) / NANOS;
            }
        }
        List<Span> spans = gpu.endTrace();
        if (spans.isEmpty()) {
            throw new CommandFailure("nothing was recorded: the GPU was given up");
        }
        Files.writeString(file, ChromeTrace.of(spans) + "\n", StandardCharsets.UTF_8);
        double from = starts[TOKENS - 1];
        double to = starts[TOKENS];
        List<Span> last = Span.between(from, to, spans).stream()
                .map(span -> new Span(span.lane(), group(span.label()), span.from(), span.to()))
                .toList();
        PictureFile.write(picture(file), TimelineSvg.of(title + ", one decoded token", last, to - from));
    }

    /** As a plan's timeline calls it, and colours it. */
    private static String group(String linear) {
        return switch (linear.replaceFirst("^blk\\.\\d+\\.", "")) {
            case "attn_q", "attn_k", "attn_v" -> GroupKind.QUERY_KEY_VALUE.label();
            case "attn_output" -> GroupKind.ATTENTION_OUTPUT.label();
            case "ffn_gate", "ffn_up" -> GroupKind.MLP_EXPANSION.label();
            case "ffn_down" -> GroupKind.MLP_DOWN.label();
            default -> GroupKind.OUTPUT.label();
        };
    }

    private static Path picture(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return file.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".png");
    }
}
