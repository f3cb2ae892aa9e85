/** Matrix products over row tiles. */
@NullMarked
package io.hetegen.engine.linear;

import org.jspecify.annotations.NullMarked;
