/**
 * The GPU as a compute device, through JCuda's driver API: the only package that knows JCuda. Nothing here touches the
 * driver before {@link io.hetegen.engine.device.cuda.CudaDriver} is asked.
 */
@NullMarked
package io.hetegen.engine.device.cuda;

import org.jspecify.annotations.NullMarked;
