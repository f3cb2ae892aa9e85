/** The decoder-only transformer: families differ by configuration and tensor names only. */
@NullMarked
package io.hetegen.engine.model;

import org.jspecify.annotations.NullMarked;
