package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.Scratch;
import java.util.Arrays;

/** What a forward pass computes with: kernels, the team that runs them, and a scratch for each of its threads. */
public final class Compute {

    /** Their norms alone take longer than a join. */
    private static final int TOKENS_PER_TASK = 2;

    private final Kernels kernels;
    private final ThreadTeam team;
    private final Scratch[] scratches;

    public Compute(Kernels kernels, ThreadTeam team) {
        this.kernels = kernels;
        this.team = team;
        this.scratches = new Scratch[team.size()];
        Arrays.setAll(scratches, i -> new Scratch());
    }

    public Kernels kernels() {
        return kernels;
    }

    public ThreadTeam team() {
        return team;
    }

    /** Of one thread of the team. */
    public Scratch scratch(int worker) {
        return scratches[worker];
    }

    /** Work on the tokens [from, to). */
    @FunctionalInterface
    public interface TokenRange {
        void run(int from, int to);
    }

    /** Runs work that is independent for each token, on the team if there are tokens enough to pay for the join. */
    public void forEachToken(int tokens, TokenRange work) {
        if (tokens <= TOKENS_PER_TASK) {
            work.run(0, tokens);
            return;
        }
        team.run((tokens - 1) / TOKENS_PER_TASK + 1, (task, worker) -> {
            int from = task * TOKENS_PER_TASK;
            work.run(from, Math.min(from + TOKENS_PER_TASK, tokens));
        });
    }
}
