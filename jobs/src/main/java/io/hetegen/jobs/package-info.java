/** The jobs, their Kafka edges and the command line. */
@NullMarked
package io.hetegen.jobs;

import org.jspecify.annotations.NullMarked;
