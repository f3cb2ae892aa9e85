package io.hetegen.jobs.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps the books of a run: which prompts went in, which completions came out, and when. */
final class DemoLedger {

    private final List<Ticket> tickets;
    private final Instant started;
    private final Set<String> generated = new HashSet<>();
    private final Map<String, ReceivedCompletion> committed = new TreeMap<>();
    private int duplicates;
    private int deadLetters;
    private @Nullable Instant firstGenerated;
    private @Nullable Instant firstCommitted;
    private Instant last;

    DemoLedger(List<Ticket> tickets, Instant started) {
        this.tickets = tickets;
        this.started = started;
        this.last = started;
    }

    /** A completion that was written; a failure may still take it back. */
    void generated(ReceivedCompletion completion) {
        if (firstGenerated == null) {
            firstGenerated = Instant.now();
        }
        generated.add(completion.id());
    }

    void committed(ReceivedCompletion completion) {
        last = Instant.now();
        if (firstCommitted == null) {
            firstCommitted = last;
        }
        if (committed.putIfAbsent(completion.id(), completion) != null) {
            duplicates++;
        }
    }

    void deadLetter() {
        deadLetters++;
    }

    int generatedCount() {
        return generated.size();
    }

    int committedCount() {
        return committed.size();
    }

    /** Tickets whose answer a failure interrupted. */
    List<Ticket> interrupted() {
        return tickets.stream()
                .filter(ticket -> {
                    ReceivedCompletion completion = committed.get(ticket.id());
                    return completion != null && completion.interrupted();
                })
                .toList();
    }

    /** Of answers from elsewhere, by ticket id, how many are equal to the committed ones. */
    DemoReport.Comparison compare(Map<String, String> texts) {
        int equal = 0;
        for (Map.Entry<String, String> text : texts.entrySet()) {
            ReceivedCompletion completion = committed.get(text.getKey());
            if (completion != null && completion.text().equals(text.getValue())) {
                equal++;
            }
        }
        return new DemoReport.Comparison(texts.size(), equal);
    }

    /** The completions as JSON lines in the order of their ids; nothing in them depends on the run. */
    List<String> lines() {
        return committed.values().stream().map(ReceivedCompletion::json).toList();
    }

    DemoReport report(Instant firstPrompt, long checkpoints, int restarts, DemoReport.@Nullable Comparison comparison) {
        TriageScore score = new TriageScore();
        long generatedTokens = 0;
        List<String> missing = new ArrayList<>();
        for (Ticket ticket : tickets) {
            ReceivedCompletion completion = committed.get(ticket.id());
            if (completion == null) {
                missing.add(ticket.id());
            } else {
                score.add(ticket, completion.text());
                generatedTokens += completion.generatedTokens();
            }
        }
        double generating = seconds(firstPrompt, last);
        return new DemoReport(
                tickets.size(),
                committed.size() + duplicates,
                duplicates,
                missing.size(),
                deadLetters,
                score.validJson(),
                score.accuracy(),
                generatedTokens,
                generating > 0 ? generatedTokens / generating : 0,
                checkpoints,
                restarts,
                interrupted().size(),
                firstGenerated == null ? null : seconds(started, firstGenerated),
                firstCommitted == null ? null : seconds(started, firstCommitted),
                seconds(started, last),
                comparison);
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1000.0;
    }
}
