/** Chat templates: messages to prompt text. */
@NullMarked
package io.hetegen.engine.chat;

import org.jspecify.annotations.NullMarked;
