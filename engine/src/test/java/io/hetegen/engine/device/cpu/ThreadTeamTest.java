package io.hetegen.engine.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
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
        assertThatThrownBy(() -> team.run(1000, (task, worker) -> {
                    if (task < team.size()) {
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

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
