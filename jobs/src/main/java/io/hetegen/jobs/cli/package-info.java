/** The command line, {@code bin/hetegen}: one class per command. */
@NullMarked
package io.hetegen.jobs.cli;

import org.jspecify.annotations.NullMarked;
