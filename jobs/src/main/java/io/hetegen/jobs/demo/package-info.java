/** What the demo runs on: a broker in this JVM, the bundled model and its tickets. */
@NullMarked
package io.hetegen.jobs.demo;

import org.jspecify.annotations.NullMarked;
