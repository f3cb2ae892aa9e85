/** Tests of what deploy assembles. */
@NullMarked
package io.hetegen.deploy;

import org.jspecify.annotations.NullMarked;
