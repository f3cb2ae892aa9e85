/** Text to token ids and back. */
@NullMarked
package io.hetegen.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
