package io.hetegen.engine.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadTeamTest {

    private final ThreadTeam team = new ThreadTeam(3);

    @AfterEach
    void noThreadStays() {
        team.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("hetegen-cpu-"));
    }

    @Test
    void everyTaskRunsOnce() {
        for (int tasks = 0; tasks < 300; tasks++) {
            AtomicIntegerArray runs = new AtomicIntegerArray(tasks + 1);
            team.run(tasks, (task, worker) -> runs.incrementAndGet(task));
            for (int task = 0; task < tasks; task++) {
                assertThat(runs.get(task)).isEqualTo(1);
            }
            assertThat(runs.get(tasks)).isZero();
        }
    }

    @Test
    void allThreadsTakePartAsDifferentWorkers() {
        CyclicBarrier together = new CyclicBarrier(team.size());
        AtomicIntegerArray workers = new AtomicIntegerArray(team.size());
        team.run(team.size(), (task, worker) -> {
            await(together);
            workers.incrementAndGet(worker);
        });
        for (int worker = 0; worker < team.size(); worker++) {
            assertThat(workers.get(worker)).isEqualTo(1);
        }
    }

    @Test
    void theFirstExceptionIsThrownAfterRunningTasksEnded() {
        CyclicBarrier together = new CyclicBarrier(team.size());
        AtomicInteger ended = new AtomicInteger();
        AtomicIntegerArray begun = new AtomicIntegerArray(team.size());
        assertThatThrownBy(() -> team.run(1000, (task, worker) -> {
                    if (begun.getAndIncrement(worker) == 0) {
                        await(together);
                    }
                    ended.incrementAndGet();
                    throw new IllegalArgumentException("task");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ended.get()).isBetween(1, team.size());
        assertThatThrownBy(() -> team.run(2, (task, worker) -> {
                    throw new StackOverflowError();
                }))
                .isInstanceOf(StackOverflowError.class);
        AtomicInteger after = new AtomicInteger();
        team.run(5, (task, worker) -> after.incrementAndGet());
        assertThat(after.get()).isEqualTo(5);
    }

    @Test
    void eachThreadTakesItsOwnTasksInOrderUnlessItIsHeldUp() {
        for (int round = 0; round < 20; round++) {
            int[] workers = new int[30];
            CyclicBarrier step = new CyclicBarrier(team.size());
            team.run(workers.length, (task, worker) -> {
                workers[task] = worker;
                await(step);
            });
            for (int task = 0; task < workers.length; task++) {
                assertThat(workers[task]).isEqualTo(task / 10);
            }
        }
    }

    @Test
    void theOthersTakeTheTasksOfAThreadThatIsHeldUp() {
        CountDownLatch others = new CountDownLatch(28);
        Set<Integer> held = ConcurrentHashMap.newKeySet();
        team.run(30, (task, worker) -> {
            // Two threads wait in their first task until the third has done all the rest.
            if (task == 0 || task == 10) {
                held.add(worker);
                await(others);
            } else {
                others.countDown();
            }
        });
        assertThat(held).hasSize(2);
    }

    @Test
    void jobsAfterPausesOfAnyLengthAreSeen() {
        for (int spinning = 1; spinning <= 2; spinning++) {
            try (ThreadTeam pair = new ThreadTeam(spinning * 2)) {
                for (int round = 0; round < 300; round++) {
                    // Around the end of the spinning, where a wake-up could be missed.
                    LockSupport.parkNanos(round * 1_000L);
                    CyclicBarrier all = new CyclicBarrier(pair.size());
                    pair.run(pair.size(), (task, worker) -> await(all));
                }
            }
        }
    }

    /** Between jobs and while the last task runs; a thread may be kept from it, but not each time. */
    @Test
    void waitingThreadsTakeIdleSteps() {
        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
        try (ThreadTeam pair = new ThreadTeam(2)) {
            AtomicIntegerArray steps = new AtomicIntegerArray(pair.size());
            AtomicInteger runs = new AtomicInteger();
            pair.whenIdle(worker -> steps.incrementAndGet(worker) % 3 > 0);
            int jobs = 0;
            while (steps.get(0) == 0 || steps.get(1) == 0) {
                pair.run(3, (task, worker) -> runs.incrementAndGet());
                jobs++;
            }
            assertThat(runs.get()).isEqualTo(3 * jobs);
        }
    }

    @Test
    void everyWorkerHasAFirstTask() {
        assertThat(IntStream.rangeClosed(0, 3).map(worker -> team.firstTask(30, worker)))
                .containsExactly(0, 10, 20, 30);
        assertThat(IntStream.rangeClosed(0, 3).map(worker -> team.firstTask(2, worker)))
                .containsExactly(0, 0, 1, 2);
    }

    @Test
    void aJobInAJobIsRefused() {
        assertThatThrownBy(() -> team.run(1, (task, worker) -> team.run(1, (inner, w) -> {})))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aClosedTeamRunsNothing() {
        team.close();
        team.close();
        assertThatThrownBy(() -> team.run(1, (task, worker) -> {})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void threadsKeepNoForeignClassLoader() {
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("hetegen-cpu-"))
                .hasSize(2)
                .allMatch(Thread::isDaemon)
                .allMatch(thread -> thread.getContextClassLoader() == ThreadTeam.class.getClassLoader());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
