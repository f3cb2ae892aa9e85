/** The GGUF file format; every file is treated as hostile input. */
@NullMarked
package io.hetegen.engine.format.gguf;

import org.jspecify.annotations.NullMarked;
