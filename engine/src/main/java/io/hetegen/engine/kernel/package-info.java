/** The arithmetic of docs/arithmetic.md. */
@NullMarked
package io.hetegen.engine.kernel;

import org.jspecify.annotations.NullMarked;
