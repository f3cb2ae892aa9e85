/**
 * Decides for each linear, before anything runs, which row tiles the CPU multiplies, which lie in the GPU's memory and
 * which travel over the link, and predicts what comes of it. Start at {@link io.hetegen.engine.plan.Planner}.
 */
@NullMarked
package io.hetegen.engine.plan;

import org.jspecify.annotations.NullMarked;
