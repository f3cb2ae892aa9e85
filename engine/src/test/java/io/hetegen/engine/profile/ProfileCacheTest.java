package io.hetegen.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileCacheTest {

    private static final Profile PROFILE = profile("a machine");

    private final AtomicInteger measured = new AtomicInteger();

    @TempDir
    private Path folder;

    private static Profile profile(String machine) {
        Curve curve = new Curve(new int[] {1}, new double[] {1e-5});
        return new Profile(
                "0123",
                2,
                machine,
                new HardwareDescription("here", new Cpu(4, 30, 40, 100, 400, 3), null, null, 0),
                List.of(new Measurement(new LinearShape(DType.F32, 16, 16), 1, curve)),
                List.of());
    }

    private Supplier<Profile> measure(Profile result) {
        return () -> {
            measured.incrementAndGet();
            return result;
        };
    }

    @Test
    void isMeasuredOnceAndLeavesOneWholeFile() throws IOException {
        Path inside = folder.resolve("a/b");
        for (int opening = 0; opening < 2; opening++) {
            ProfileCache cache = new ProfileCache(inside);
            assertThat(cache.findOrMeasure(PROFILE.key(), any -> true, measure(PROFILE)))
                    .isEqualTo(PROFILE);
            assertThat(cache.find(PROFILE.key())).contains(PROFILE);
        }
        assertThat(measured).hasValue(1);
        try (Stream<Path> files = Files.list(inside)) {
            assertThat(files)
                    .containsExactlyInAnyOrder(
                            new ProfileCache(inside).file(PROFILE.key()), inside.resolve("measuring.lock"));
        }
    }

    @Test
    void whatIsOfNoUseIsReplaced() {
        ProfileCache cache = new ProfileCache(folder);
        cache.store(PROFILE);
        Profile better = PROFILE.withRemark("better");

        assertThat(cache.findOrMeasure(PROFILE.key(), kept -> kept.equals(better), measure(better)))
                .isEqualTo(better);
        assertThat(cache.find(PROFILE.key())).contains(better);
    }

    /** The GPU went away in the middle, for example. */
    @Test
    void whatWasMeasuredOfSomethingElseIsKeptUnderNoWrongName() throws IOException {
        ProfileCache cache = new ProfileCache(folder);
        Profile other = profile("another machine");

        assertThat(cache.findOrMeasure(PROFILE.key(), any -> true, measure(other)))
                .isEqualTo(other);
        assertThat(cache.find(PROFILE.key())).isEmpty();

        Files.copy(Files.createFile(folder.resolve("empty")), cache.file(PROFILE.key()));
        assertThat(cache.find(PROFILE.key())).isEmpty();
        other.write(cache.file(PROFILE.key()));
        assertThat(cache.find(PROFILE.key())).isEmpty();
    }

    @Test
    void whoeverMeasuresTooLongIsNotWaitedFor() {
        try (FolderLock held = FolderLock.take(folder, Duration.ZERO)) {
            assertThat(held).isNotNull();
            new ProfileCache(folder, Duration.ZERO).findOrMeasure(PROFILE.key(), any -> true, measure(PROFILE));
        }
        assertThat(measured).hasValue(1);
    }

    @Test
    void keysDifferInEachOfTheirParts() {
        ProfileKey key = PROFILE.key();
        assertThat(Stream.of(
                                key,
                                new ProfileKey("0124", 2, "a machine"),
                                new ProfileKey("0123", 3, "a machine"),
                                new ProfileKey("0123", 2, "a machine and a half"))
                        .map(ProfileKey::fileName)
                        .distinct())
                .hasSize(4);
    }
}
