/** Weight types and the packed row-tile layout. */
@NullMarked
package io.hetegen.engine.tensor;

import org.jspecify.annotations.NullMarked;
