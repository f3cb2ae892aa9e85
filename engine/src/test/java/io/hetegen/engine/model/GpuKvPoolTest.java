package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose pages are whose, and which of them the host has to bring. */
class GpuKvPoolTest {

    private static final int PAGES = 3;

    private final CudaDouble gpu = CudaDouble.start("mode=lazy");
    private final CudaDevice device = CudaDriver.open(0, 16 << 20).orElseThrow();
    private final CudaStream stream = device.stream();
    private final ThreadTeam team = new ThreadTeam(1);
    private final RandomModelFile file = RandomModelFile.of(DType.F16, 32, 1);
    private final CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
    private final GpuKvPool pool = new GpuKvPool(device, model.config(), KvType.F16, List.of(0, 1), PAGES, 1);

    @AfterEach
    void close() {
        model.close();
        team.close();
        device.close();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void pagesAreTakenForASequenceOrNotAtAll() {
        PagedKvCache first = cache();
        PagedKvCache second = cache();
        assertThat(reserve(pass(first, 65))).isTrue();
        assertThat(pages(first)).hasSize(2);

        assertThat(reserve(pass(second, 65))).isFalse();
        assertThat(pages(second)).isEmpty();
        assertThat(reserve(pass(second, 64))).isTrue();
        assertThat(pages(second)).doesNotContainAnyElementsOf(pages(first));

        assertThat(reserve(pass(second, 65))).isFalse();
        first.close();
        assertThat(reserve(pass(second, 65))).isTrue();
    }

    /** So that it does not depend on who else is in a pass, and nobody's copy comes and goes. */
    @Test
    void whoCameFirstKeepsItsPages() {
        PagedKvCache first = cache();
        PagedKvCache second = cache();
        PagedKvCache third = cache();
        Batch all = pass(List.of(first, second, third), 64);
        assertThat(reserved(all)).isEqualTo(all.parts());
        List.of(first, second, third).forEach(cache -> cache.advance(64));
        List<Integer> ofFirst = List.copyOf(pages(first));

        Batch grown = pass(List.of(third, second, first), 1);
        pool.begin(grown);
        assertThat(pool.needed(1)).isEqualTo(2);
        assertThat(pool.needed(2)).isEqualTo(4);
        assertThat(pool.reserve(grown)).containsExactly(grown.parts().get(2));
        assertThat(pages(first)).hasSize(2).startsWith(ofFirst.get(0));
        assertThat(pages(second)).isEmpty();

        Batch others = pass(List.of(second, third), 1);
        assertThat(reserved(others)).as("who is not in a pass keeps its pages").isEmpty();
        Batch small = pass(List.of(cache()), 1);
        assertThat(reserved(small)).as("a page is left").isEqualTo(small.parts());
        first.close();
        assertThat(reserved(others)).containsExactly(others.parts().get(0));
        assertThat(pagesBrought(pass(second, 1), 0)).as("all that it had").isEqualTo(1);
    }

    @Test
    void theHostBringsWhatALayerLacks() {
        PagedKvCache cache = cache();
        Batch prompt = pass(cache, 100);
        assertThat(pagesBrought(prompt, 0)).as("nothing is stored yet").isZero();
        pool.filled(0, prompt.parts());
        cache.advance(100);

        Batch token = pass(cache, 1);
        assertThat(pagesBrought(token, 0)).as("the pass stored it").isZero();
        assertThat(pagesBrought(token, 1)).as("the other layer was the CPU's").isEqualTo(2);
        assertThat(pagesBrought(token, 1)).isZero();
        cache.advance(1);
        assertThat(pagesBrought(pass(cache, 1), 1))
                .as("the last page has grown")
                .isEqualTo(1);
    }

    /** With room for one page on the way. */
    @Test
    void whatIsBroughtIsWhatTheHostHas() {
        PagedKvCache cache = cache();
        Batch prompt = pass(cache, 3 * 64);
        float[] rows = new float[2 * model.config().keyValueSize()];
        for (int position = 0; position < 3 * 64; position++) {
            Arrays.fill(rows, position);
            cache.put(1, position, rows, 0, rows, model.config().keyValueSize());
        }
        cache.advance(prompt.tokens() - 1);
        Batch token = pass(cache, 1);
        assertThat(pagesBrought(token, 1)).isEqualTo(3);

        for (int page = 0; page < 3; page++) {
            ByteBuffer expected = cache.pages(1).get(page).bytes();
            MappedBuffer there = device.map(expected.remaining());
            stream.copy(pool.memory, pool.offset(1, pages(cache).get(page)), there, 0, there.bytes());
            stream.synchronize();
            assertThat(there.view()).isEqualTo(expected);
        }
    }

    /** What a pass has stored that failed is overwritten by the next one, which may be the CPU's. */
    @Test
    void failedPassesLeaveNothing() {
        PagedKvCache cache = cache();
        Batch failed = pass(cache, 10);
        assertThat(reserve(failed)).isTrue();
        pool.filled(0, failed.parts());

        Batch onCpu = pass(cache, 5);
        pool.begin(onCpu);
        cache.advance(5);

        assertThat(pagesBrought(pass(cache, 1), 0)).isEqualTo(1);
    }

    private boolean reserve(Batch batch) {
        return reserved(batch).equals(batch.parts());
    }

    private List<Batch.Part> reserved(Batch batch) {
        pool.begin(batch);
        return pool.reserve(batch);
    }

    private List<Integer> pages(PagedKvCache cache) {
        return pool.pages(new Batch.Part(cache, 0, 1, 0));
    }

    private long pagesBrought(Batch batch, int index) {
        assertThat(reserve(batch)).isTrue();
        long before = gpu.count("work");
        pool.fill(index, batch.parts(), stream);
        return gpu.count("work") - before;
    }

    private PagedKvCache cache() {
        return (PagedKvCache) model.newCache();
    }

    private static Batch pass(PagedKvCache cache, int tokens) {
        return pass(List.of(cache), tokens);
    }

    private static Batch pass(List<PagedKvCache> caches, int tokens) {
        caches.forEach(cache -> cache.reserve(cache.length() + tokens));
        return new Batch(caches.stream()
                .map(cache -> new Slice(cache, new int[tokens], LogitsFor.NONE))
                .toList());
    }
}
