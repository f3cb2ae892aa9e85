package io.hetegen.engine.profile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Profiles in a folder, a file for each key, so that a machine is measured once for a model. Who measures holds a lock
 * beside them: two that measure at a time would spoil each other. What cannot be read or written costs a line in the log
 * and a measurement, never a failure.
 */
public final class ProfileCache {

    private static final Logger LOG = LoggerFactory.getLogger(ProfileCache.class);

    /** Longer than most measurements. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path folder;
    private final Duration patience;

    public ProfileCache(Path folder) {
        this(folder, PATIENCE);
    }

    /** @param patience for another process that measures */
    ProfileCache(Path folder, Duration patience) {
        this.folder = folder;
        this.patience = patience;
    }

    /** Of the user who runs this process: {@code $XDG_CACHE_HOME/hetegen}, or {@code ~/.cache/hetegen}. */
    public static Path userFolder() {
        String cache = System.getenv("XDG_CACHE_HOME");
        // The specification has relative ones ignored.
        return cache == null || !Path.of(cache).isAbsolute()
                ? Path.of(System.getProperty("user.home"), ".cache", "hetegen")
                : Path.of(cache, "hetegen");
    }

    public Path file(ProfileKey key) {
        return folder.resolve(key.fileName());
    }

    /** What was measured before for this key. */
    public Optional<Profile> find(ProfileKey key) {
        return read(key, LOG::info);
    }

    private Optional<Profile> read(ProfileKey key, Consumer<String> log) {
        Path file = file(key);
        try {
            Profile profile = Profile.read(file);
            if (profile.key().equals(key)) {
                return Optional.of(profile);
            }
            log.accept("The kept profile cannot be used: " + file + " is of another model or machine");
        } catch (NoSuchFileException e) {
            LOG.debug("{} is not there", file);
        } catch (IOException | InvalidFileException e) {
            log.accept("The kept profile cannot be used: " + e.getMessage());
        }
        return Optional.empty();
    }

    /** The kept one if it is of use, else the measured one, which is kept if it is what the key says. */
    public Profile findOrMeasure(ProfileKey key, Predicate<Profile> ofUse, Supplier<Profile> measure) {
        Optional<Profile> kept = find(key).filter(ofUse);
        if (kept.isPresent()) {
            return kept.get();
        }
        FolderLock lock = FolderLock.take(folder, patience);
        try {
            Optional<Profile> meanwhile = read(key, LOG::debug).filter(ofUse);
            if (meanwhile.isPresent()) {
                return meanwhile.get();
            }
            Profile measured = measure.get();
            if (measured.key().equals(key)) {
                store(measured);
            }
            return measured;
        } finally {
            lock.close();
        }
    }

    /** In place of what was measured before for the same key. */
    public void store(Profile profile) {
        Path file = file(profile.key());
        try {
            Files.createDirectories(folder);
            Path half = Files.createTempFile(folder, "profile-", ".tmp");
            try {
                profile.write(half);
                Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(half);
            }
            LOG.info("The profile is kept in {}", file);
        } catch (IOException | UncheckedIOException e) {
            LOG.info("The profile cannot be kept, the next engine measures again: {}", e.toString());
        }
    }
}
