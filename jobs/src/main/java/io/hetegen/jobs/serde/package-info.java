/** Records to bytes and back: prompts in, completions and previews out, as Avro or as JSON of the same shape. */
@NullMarked
package io.hetegen.jobs.serde;

import org.jspecify.annotations.NullMarked;
