/** Kafka at both ends of the job: records in with everything they carry, records out that fit their topic. */
@NullMarked
package io.hetegen.jobs.kafka;

import org.jspecify.annotations.NullMarked;
