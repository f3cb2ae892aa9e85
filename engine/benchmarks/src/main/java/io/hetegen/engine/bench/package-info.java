/** Benchmarks of the kernels, and the comparison with llama.cpp. */
@NullMarked
package io.hetegen.engine.bench;

import org.jspecify.annotations.NullMarked;
