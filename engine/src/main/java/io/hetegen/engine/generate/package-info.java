/** Continuous batching, sampling and stop criteria. */
@NullMarked
package io.hetegen.engine.generate;

import org.jspecify.annotations.NullMarked;
