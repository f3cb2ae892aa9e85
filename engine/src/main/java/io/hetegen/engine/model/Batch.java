package io.hetegen.engine.model;

import java.util.ArrayList;
import java.util.List;

/** The tokens of all slices of a forward pass, one after the other. */
final class Batch {

    private final List<Part> parts = new ArrayList<>();
    private final int[] ids;
    private final int[] positions;
    private final Part[] partOfToken;

    Batch(List<CausalLm.Slice> slices) {
        int tokens = slices.stream().mapToInt(slice -> slice.ids().length).reduce(0, Math::addExact);
        ids = new int[tokens];
        positions = new int[tokens];
        partOfToken = new Part[tokens];
        int token = 0;
        for (CausalLm.Slice slice : slices) {
            PagedKvCache cache = (PagedKvCache) slice.cache();
            Part part = new Part(cache, token, slice.ids().length, cache.length());
            parts.add(part);
            for (int i = 0; i < slice.ids().length; i++, token++) {
                ids[token] = slice.ids()[i];
                positions[token] = part.firstPosition() + i;
                partOfToken[token] = part;
            }
        }
    }

    /** One slice: its tokens are firstToken and on, at firstPosition and on. */
    record Part(PagedKvCache cache, int firstToken, int tokens, int firstPosition) {}

    int tokens() {
        return ids.length;
    }

    /** Whether it has one token of each sequence. */
    boolean decodes() {
        return tokens() == parts.size();
    }

    List<Part> parts() {
        return parts;
    }

    int id(int token) {
        return ids[token];
    }

    int position(int token) {
        return positions[token];
    }

    PagedKvCache cache(int token) {
        return partOfToken[token].cache();
    }
}
