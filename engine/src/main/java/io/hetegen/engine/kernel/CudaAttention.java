package io.hetegen.engine.kernel;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaKernel;
import io.hetegen.engine.device.cuda.CudaModule;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.KernelArguments;
import io.hetegen.engine.device.cuda.LaunchShape;
import io.hetegen.engine.tensor.KvPage;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The attention kernels of docs/cuda-kernels.md on one stream: each call enqueues and returns. Addresses are the
 * device's. For one thread at a time.
 */
public final class CudaAttention implements AutoCloseable {

    private static final int QUERIES_AT_ONCE = 4;
    private static final int MOST_GRID_Y = 65_535;

    private final CudaStream stream;
    private final Map<KvType, OfType> types = new EnumMap<>(KvType.class);
    private final CudaKernel merge;
    private final KernelArguments storeArguments;
    private final KernelArguments attentionArguments;
    private final KernelArguments mergeArguments;

    private record OfType(CudaKernel store, CudaKernel attention1, CudaKernel attention4) {
        static OfType of(CudaModule operations, KvType type) {
            String suffix = "_" + type.name().toLowerCase(Locale.ROOT);
            return new OfType(
                    operations.kernel("store" + suffix),
                    operations.kernel("attention1" + suffix),
                    operations.kernel("attention4" + suffix));
        }
    }

    CudaAttention(CudaDevice device, CudaStream stream, CudaModule operations) {
        this.stream = stream;
        for (KvType type : KvType.values()) {
            types.put(type, OfType.of(operations, type));
        }
        this.merge = operations.kernel("attention_merge");
        this.storeArguments = device.arguments(7);
        this.attentionArguments = device.arguments(9);
        this.mergeArguments = device.arguments(5);
    }

    /** Sizes of a model's heads. */
    public record Heads(int query, int keyValue, int headDim) {}

    /**
     * One sequence's pages in one layer.
     *
     * @param pool of pages as {@link KvPage} lays them out
     * @param pages number in the pool of each of its pages in turn, integers
     */
    public record Pages(KvType type, long pool, long pages) {}

    /** Bytes that the parts of a query at some position take before they are merged. */
    public static long partialBytes(Heads heads, int position) {
        return Float.BYTES * (long) heads.query() * chunks(position) * (heads.headDim() + 2);
    }

    private static int chunks(int position) {
        return position / KvPage.POSITIONS + 1;
    }

    /** Puts keys and values, [token][head][element], at consecutive positions. */
    public void store(Heads heads, Pages cache, int firstPosition, int tokens, long keys, long values) {
        storeArguments
                .setLong(0, keys)
                .setLong(1, values)
                .setInt(2, heads.keyValue())
                .setInt(3, heads.headDim())
                .setInt(4, firstPosition)
                .setLong(5, cache.pool())
                .setLong(6, cache.pages());
        stream.launch(ofType(cache).store(), LaunchShape.of(tokens, CudaOperations.THREADS), storeArguments);
    }

    /**
     * Causal attention of queries, [token][head][element], at consecutive positions.
     *
     * @param partial memory for at least the last query's {@link #partialBytes}; the more, the fewer launches
     */
    public void attend(
            Heads heads,
            Pages cache,
            int firstPosition,
            int tokens,
            long query,
            long partial,
            long partialBytes,
            long y) {
        int tokensAtOnce = tokensAtOnce(heads, partialBytes / partialBytes(heads, firstPosition + tokens - 1));
        long tokenBytes = Float.BYTES * (long) heads.query() * heads.headDim();
        for (int token = 0; token < tokens; token += tokensAtOnce) {
            int count = Math.min(tokensAtOnce, tokens - token);
            attendAtOnce(
                    heads,
                    cache,
                    firstPosition + token,
                    count,
                    query + token * tokenBytes,
                    partial,
                    y + token * tokenBytes);
        }
    }

    private static int tokensAtOnce(Heads heads, long fitting) {
        if (fitting == 0) {
            throw new IllegalArgumentException("there is no memory for the parts of a single query");
        }
        return (int) Math.min(fitting, MOST_GRID_Y / heads.query());
    }

    private void attendAtOnce(
            Heads heads, Pages cache, int firstPosition, int tokens, long query, long partial, long y) {
        int chunks = chunks(firstPosition + tokens - 1);
        int sharing = tokens * (heads.query() / heads.keyValue());
        int atOnce = sharing == 1 ? 1 : QUERIES_AT_ONCE;
        attentionArguments
                .setLong(0, query)
                .setLong(1, cache.pool())
                .setLong(2, cache.pages())
                .setInt(3, heads.query())
                .setInt(4, heads.keyValue())
                .setInt(5, heads.headDim())
                .setInt(6, firstPosition)
                .setInt(7, tokens)
                .setLong(8, partial);
        int groups = heads.keyValue() * LinearLaunch.up(sharing, atOnce);
        stream.launch(
                atOnce == 1 ? ofType(cache).attention1() : ofType(cache).attention4(),
                new LaunchShape(chunks, groups, CudaOperations.THREADS, 1, 0),
                attentionArguments);
        mergeArguments
                .setLong(0, partial)
                .setInt(1, chunks)
                .setInt(2, heads.headDim())
                .setInt(3, firstPosition)
                .setLong(4, y);
        stream.launch(merge, new LaunchShape(heads.query(), tokens, CudaOperations.THREADS, 1, 0), mergeArguments);
    }

    private OfType ofType(Pages cache) {
        return Objects.requireNonNull(types.get(cache.type()));
    }

    @Override
    public void close() {
        storeArguments.close();
        attentionArguments.close();
        mergeArguments.close();
    }
}
