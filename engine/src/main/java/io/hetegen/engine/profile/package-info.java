/** What the planner knows of a machine, as data: measured curves or a description, and their JSON files. */
@NullMarked
package io.hetegen.engine.profile;

import org.jspecify.annotations.NullMarked;
