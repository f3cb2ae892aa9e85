package io.hetegen.engine.profile;

import org.jspecify.annotations.Nullable;

/**
 * The curves of a linear, each measured while the other two activities ran; without a GPU the CPU's alone.
 *
 * @param tokens of the batch: 1 is decode
 * @param cpu seconds in which the thread team multiplies so many tiles
 * @param gpu seconds in which the GPU multiplies so many tiles that lie in its memory
 * @param copy seconds in which so many tiles go over the link
 */
public record Measurement(
        LinearShape shape,
        int tokens,
        Curve cpu,
        @Nullable Curve gpu,
        @Nullable Curve copy) {

    public Measurement {
        if ((gpu == null) != (copy == null)) {
            throw new IllegalArgumentException("the curves of GPU and copy come together");
        }
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be at least 1, is " + tokens);
        }
    }
}
