/** The CPU as a compute device. */
@NullMarked
package io.hetegen.engine.device.cpu;

import org.jspecify.annotations.NullMarked;
