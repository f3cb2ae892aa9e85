/**
 * The public face of the engine: open a model, submit requests, resume snapshots.
 *
 * <p>Everything outside this package, {@code engine.tokenizer} and {@code engine.chat} is internal to the engine.
 */
@NullMarked
package io.hetegen.engine;

import org.jspecify.annotations.NullMarked;
