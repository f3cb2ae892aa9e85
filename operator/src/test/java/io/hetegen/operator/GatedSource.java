package io.hetegen.operator;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimitedSourceReader;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiter;

/** Numbers from 0, of which it gives out only the first; then it waits, without an end and without blocking. */
final class GatedSource extends NumberSequenceSource {

    private static final long serialVersionUID = 1L;

    private final long allowed;

    GatedSource(long count, long allowed) {
        super(0, count - 1);
        this.allowed = allowed;
    }

    @Override
    public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
        return new RateLimitedSourceReader<>(super.createReader(context), new Gate(allowed));
    }

    private static final class Gate implements RateLimiter<NumberSequenceSplit> {
        private long left;

        Gate(long allowed) {
            left = allowed;
        }

        @Override
        public CompletionStage<Void> acquire(int events) {
            left -= events;
            return left >= 0 ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
        }
    }
}
