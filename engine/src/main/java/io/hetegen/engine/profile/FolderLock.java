package io.hetegen.engine.profile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Held by one at a time of all threads and processes that ask for it, in a folder that they share. Where a lock cannot be
 * had, or not in time, there is none, and a line in the log: it keeps measurements clean, nothing breaks without it.
 */
final class FolderLock implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);
    private static final String NAME = "measuring.lock";
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final @Nullable FileChannel channel;

    private FolderLock(@Nullable FileChannel channel) {
        this.channel = channel;
    }

    /** @param patience how long another one is waited for */
    static FolderLock take(Path folder, Duration patience) {
        FileChannel channel = null;
        try {
            Files.createDirectories(folder);
            Path file = folder.resolve(NAME);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean waited = false;
            long start = System.nanoTime();
            while (!locked(channel)) {
                if (!waited) {
                    LOG.info("Another engine measures: waiting for {}, at most {} s", file, patience.toSeconds());
                    waited = true;
                }
                if (System.nanoTime() - start >= patience.toNanos()
                        || Thread.currentThread().isInterrupted()) {
                    LOG.info("Measuring beside another engine, which took too long: both may be wrong");
                    channel.close();
                    return new FolderLock(null);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            return new FolderLock(channel);
        } catch (IOException e) {
            LOG.debug("measuring without a lock: {}", e.toString());
            return new FolderLock(closed(channel));
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }

    private static @Nullable FileChannel closed(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.debug("closing a lock: {}", e.toString());
        }
        return null;
    }

    @Override
    public void close() {
        closed(channel);
    }
}
