package io.hetegen.engine.device.cuda;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the driver double before the first test of a JVM. Once JCuda has been touched without it, by any test that opens
 * an engine, it is too late.
 */
public final class CudaDoubleFirst implements LauncherSessionListener {

    private static final Logger LOG = LoggerFactory.getLogger(CudaDoubleFirst.class);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        LOG.info("CUDA driver double: {}", CudaDouble.isLoaded() ? "loaded" : "not built, its tests are skipped");
    }
}
