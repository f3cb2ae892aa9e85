package io.hetegen.engine.tensor;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.HostMemory;
import java.util.ArrayList;
import java.util.List;

/** Pages for tests, each with memory of its own. */
public final class KvPages implements AutoCloseable {

    private final List<HostMemory> memory = new ArrayList<>();

    public KvPage add(KvType type, int numKeyValueHeads, int headDim) {
        int bytes = Math.toIntExact(KvPage.bytes(type, numKeyValueHeads, headDim));
        HostMemory page = HostMemory.allocate(bytes + KvPage.BYTES_BEHIND);
        memory.add(page);
        return new KvPage(type, numKeyValueHeads, headDim, page, 0);
    }

    @Override
    public void close() {
        memory.forEach(HostMemory::close);
        memory.clear();
    }
}
