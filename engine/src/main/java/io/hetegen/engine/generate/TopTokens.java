package io.hetegen.engine.generate;

/**
 * Token ids from the greatest logit downwards, the lower id first among equals, without sorting them all: a heap built
 * in linear time gives only as many as are asked for.
 */
final class TopTokens {

    private final double[] logits;
    private final int[] heap;
    private int size;

    TopTokens(double[] logits, int count) {
        this.logits = logits;
        this.heap = new int[count];
        this.size = count;
        for (int id = 0; id < count; id++) {
            heap[id] = id;
        }
        for (int at = count / 2 - 1; at >= 0; at--) {
            siftDown(at);
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    int next() {
        int top = heap[0];
        size--;
        heap[0] = heap[size];
        siftDown(0);
        return top;
    }

    private void siftDown(int start) {
        int at = start;
        int id = heap[at];
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], id)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = id;
    }

    private boolean before(int a, int b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
    }
}
