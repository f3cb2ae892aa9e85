/* docs/arithmetic.md, "Embedding": rows of a matrix by their ids, a block of threads for each. */
#pragma once

#include "tiles.cuh"

enum { ROWS_THREADS = 256 };

template <class TYPE>
INLINE float quantized_element(const TYPE &w, int column) {
    int block = column / TYPE::BLOCK;
    int in_block = column % TYPE::BLOCK;
    uint32_t unit = w.unit(block, in_block / PART, in_block % PART / 16, in_block % 16 / 4);
    float quant = static_cast<float>(byte_of(unit, column % 4) - TYPE::OFFSET);
    int group = in_block / TYPE::GROUP;
    float product = w.d(block) * static_cast<float>(w.scale(block, group)) * quant;
    if constexpr (TYPE::MINIMUM) {
        return product - w.dmin(block) * static_cast<float>(w.minimum(block, group));
    }
    return product;
}

template <class TYPE>
INLINE void embedding_rows(const uint8_t *tiles, int columns, const int *ids, float *y) {
    const int id = ids[blockIdx.x];
    const uint8_t *tile = tiles + id / TILE_ROWS * tile_bytes<TYPE>(columns);
    float *target = y + static_cast<size_t>(blockIdx.x) * columns;
#pragma unroll 1
    for (int column = threadIdx.x; column < columns; column += blockDim.x) {
        int segment = column / SEGMENT;
        int count = least(SEGMENT, columns - segment * SEGMENT);
        TYPE w(tile + segment_start<TYPE>(segment), count / TYPE::BLOCK, id % TILE_ROWS);
        if constexpr (TYPE::BLOCK == 1) {
            int at = column % SEGMENT;
            target[column] = TYPE::column(w.template word<0>(at / TYPE::UNIT), at % TYPE::UNIT);
        } else {
            target[column] = quantized_element(w, column % SEGMENT);
        }
    }
}
