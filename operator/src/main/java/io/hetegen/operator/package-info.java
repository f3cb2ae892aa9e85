/** The stateful Flink operator around the engine: prompts in, answers out, exactly once. */
@NullMarked
package io.hetegen.operator;

import org.jspecify.annotations.NullMarked;
