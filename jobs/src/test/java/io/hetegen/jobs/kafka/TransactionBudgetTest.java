package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TransactionBudgetTest {

    @Test
    void printsTheLongestOutage() {
        assertThat(budget(10, 600, 120, 900, 900))
                .hasToString(
                        "transactions stay open for up to 900.0 s (broker's maximum 900.0 s); checkpoints every 10.0 s"
                                + " take at most 600.0 s: an outage of up to 290.0 s loses nothing that a checkpoint holds");
        assertThat(budget(10, 600, 289, 900, 900).toleratedOutage()).isEqualTo(Duration.ofSeconds(289));
    }

    @Test
    void refusesATimeoutThatLosesRecords() {
        assertThatThrownBy(() -> budget(10, 600, 290, 900, 900))
                .isInstanceOf(TopicException.class)
                .hasMessageContaining("hetegen.kafka.transaction-timeout is 900.0 s, but must be longer than 900.0 s")
                .hasMessageContaining("lower execution.checkpointing.interval");
    }

    @Test
    void refusesATimeoutThatTheBrokerRefuses() {
        assertThatThrownBy(() -> budget(10, 600, 120, 901, 900))
                .isInstanceOf(TopicException.class)
                .hasMessageContaining("the broker allows at most 900.0 s (transaction.max.timeout.ms)");
    }

    private static TransactionBudget budget(int interval, int checkpoint, int outage, int transaction, int broker) {
        return new TransactionBudget(
                Duration.ofSeconds(interval),
                Duration.ofSeconds(checkpoint),
                Duration.ofSeconds(outage),
                Duration.ofSeconds(transaction),
                Duration.ofSeconds(broker));
    }
}
