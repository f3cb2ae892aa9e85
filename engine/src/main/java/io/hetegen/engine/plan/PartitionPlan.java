package io.hetegen.engine.plan;

import java.util.List;

/**
 * Who computes what, and what is predicted to come of it. A plan never changes an answer, only its speed.
 *
 * @param model for people
 * @param modelFingerprint {@link ModelShape#fingerprint}
 * @param hardware for people
 * @param threads of the CPU's team
 * @param request what was planned for
 * @param host what the engine takes of it
 * @param memory of the GPU
 * @param kvOnGpu of each layer whether its KV cache, and with it its attention, is on the GPU
 * @param linears in the order of {@link ModelShape#linears}
 * @param decode one token
 * @param prefill for each chunk size that the prompt is cut into, the usual one first
 * @param remarks sentences for people
 */
public record PartitionPlan(
        String model,
        String modelFingerprint,
        String hardware,
        int threads,
        PlanRequest request,
        HostShare host,
        Reservation memory,
        List<Boolean> kvOnGpu,
        List<LinearPlan> linears,
        PhasePrediction decode,
        List<PhasePrediction> prefill,
        List<String> remarks) {

    public PartitionPlan {
        kvOnGpu = List.copyOf(kvOnGpu);
        linears = List.copyOf(linears);
        prefill = List.copyOf(prefill);
        remarks = List.copyOf(remarks);
        if (memory.totalBytes() > request.gpuMemoryBytes()) {
            throw new IllegalArgumentException(
                    "a plan of " + memory.totalBytes() + " bytes exceeds its budget of " + request.gpuMemoryBytes());
        }
        if (prefill.isEmpty() || linears.isEmpty()) {
            throw new IllegalArgumentException("a plan has linears and a prefill");
        }
        for (LinearPlan linear : linears) {
            if (linear.prefill().size() != prefill.size()) {
                throw new IllegalArgumentException(
                        linear.linear().name() + " must have a share for each of " + prefill.size() + " chunk sizes");
            }
        }
    }

    public double decodeTokensPerSecond() {
        return 1 / decode.seconds();
    }

    public double prefillTokensPerSecond() {
        return request.promptTokens() / prefillSeconds();
    }

    /** Generated tokens over the time of the whole request, which prefills its prompt first. */
    public double requestTokensPerSecond() {
        return request.generatedTokens() / (prefillSeconds() + request.generatedTokens() * decode.seconds());
    }

    public double prefillSeconds() {
        return prefill.stream()
                .mapToDouble(phase -> phase.passes() * phase.seconds())
                .sum();
    }

    /** Prompt tokens of a forward pass. */
    public int promptChunk() {
        return prefill.get(0).tokens();
    }

    /** Whether anything at all is left to the GPU. */
    public boolean usesGpu() {
        return memory.totalBytes() > 0;
    }
}
