/** What a model file holds, independent of its format. */
@NullMarked
package io.hetegen.engine.format;

import org.jspecify.annotations.NullMarked;
