package io.hetegen.engine.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Places never overlap, and one is refused only where the buffer has none behind the last one. */
class RingTest {

    private static final int STEPS = 20_000;

    private record Place(int start, int size) {}

    /** Against a buffer whose bytes are marked one by one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 100})
    void isAsAModelOfItsBytes(int bytes) {
        SplittableRandom random = new SplittableRandom(bytes);
        Ring ring = new Ring(bytes);
        boolean[] taken = new boolean[bytes];
        Deque<Place> places = new ArrayDeque<>();
        int refused = 0;
        for (int step = 0; step < STEPS; step++) {
            if (!places.isEmpty() && random.nextInt(5) < 2) {
                ring.release();
                mark(taken, places.remove(), false);
                continue;
            }
            int size = 1 + random.nextInt(random.nextBoolean() ? bytes : (bytes + 3) / 4);
            int start = Math.toIntExact(ring.take(size));
            assertThat(start).isEqualTo(expected(taken, places, size));
            if (start < 0) {
                refused++;
            } else {
                places.add(new Place(start, size));
                mark(taken, places.getLast(), true);
            }
        }
        assertThat(refused).isBetween(STEPS / 100, STEPS);
    }

    /** Behind the last place, else at the start of the buffer, as far as everything between is free. */
    private static int expected(boolean[] taken, Deque<Place> places, int size) {
        if (places.isEmpty()) {
            return 0;
        }
        int head = places.getLast().start() + places.getLast().size();
        if (isFree(taken, head, size)) {
            return head;
        }
        boolean wraps = isFree(taken, head, taken.length - head);
        return wraps && isFree(taken, 0, size) ? 0 : -1;
    }

    private static boolean isFree(boolean[] taken, int start, int size) {
        if (start + size > taken.length) {
            return false;
        }
        for (int i = start; i < start + size; i++) {
            if (taken[i]) {
                return false;
            }
        }
        return true;
    }

    private static void mark(boolean[] taken, Place place, boolean value) {
        Arrays.fill(taken, place.start(), place.start() + place.size(), value);
    }

    @Test
    void aFourthOfItAlwaysComesInTheEnd() {
        Ring ring = new Ring(100);
        SplittableRandom random = new SplittableRandom(4);
        int there = 0;
        for (int step = 0; step < STEPS; step++) {
            int size = 1 + random.nextInt(25);
            while (ring.take(size) < 0) {
                ring.release();
                there--;
            }
            there++;
            assertThat(there).isPositive();
        }
    }

    @Test
    void whatNeverFitsIsRefusedByName() {
        Ring ring = new Ring(100);
        assertThat(ring.take(100)).isZero();
        assertThat(ring.take(1)).isEqualTo(-1);
        assertThatThrownBy(() -> ring.take(101)).hasMessage("101 bytes never fit a ring of 100");
    }
}
