/* Packs rows of a model file into row tiles (docs/arithmetic.md, "Row tiles"), as ReferencePacking does in Java. */
#include <jni.h>
#include <string.h>

#include "kernels.h"

/* As io.hetegen.engine.tensor.Plane.Coding. */
enum coding { AS_IN_FILE, OFFSET_128, TRANSPOSED_BITS };

/* One part of every block, as Java writes it: four ints. */
struct plane {
    jint offset;
    jint bytes;
    jint unit;
    jint coding;
};

enum { MOST_PLANES = 8, MOST_ROW_BYTES = SEGMENT * 4, LINE = 64 };

static const uint8_t no_row[MOST_ROW_BYTES];

/* Bit 4 u + i to bit u of byte i. */
static inline uint32_t transposed(uint32_t bits) {
    uint32_t result = 0;
    for (int u = 0; u < 8; u++) {
        /* Four bits, one to a byte: no two of the shifted copies meet. */
        result |= ((bits >> 4 * u & 15) * 0x00204081 & 0x01010101) << u;
    }
    return result;
}

/* `count` units of one row to every 16th place of their size. */
static inline void scatter(const uint8_t *row, int count, const int unit, const enum coding coding, uint8_t *out) {
    for (int i = 0; i < count; i++) {
        uint32_t word = 0;
        memcpy(&word, row + i * unit, unit);
        if (coding == OFFSET_128) {
            word ^= 0x80808080;
        } else if (coding == TRANSPOSED_BITS) {
            word = transposed(word);
        }
        memcpy(out + i * unit * TILE_ROWS, &word, unit);
    }
}

/* Row after row of a block: 16 rows at a power of two apart would push each other out of the cache unit by unit. */
static inline void interleave(
    const uint8_t *const *rows, int blocks, int block_bytes, int bytes, const int unit, const enum coding coding,
    uint8_t *out) {
    for (int block = 0; block < blocks; block++) {
        for (int row = 0; row < TILE_ROWS; row++) {
            scatter(rows[row] + (size_t)block * block_bytes, bytes / unit, unit, coding, out + row * unit);
        }
        out += bytes * TILE_ROWS;
    }
}

/* Of a type whose block is one element and whose only plane is all of it: a row is one run of bytes. */
static void interleave_run(const uint8_t *const *rows, int bytes, uint8_t *out) {
    interleave(rows, bytes / LINE, LINE, LINE, 4, AS_IN_FILE, out);
    const int done = bytes / LINE * LINE;
    for (int row = 0; row < TILE_ROWS; row++) {
        scatter(rows[row] + done, (bytes - done) / 4, 4, AS_IN_FILE, out + (done * TILE_ROWS) + row * 4);
        if (bytes % 4) {
            memcpy(out + bytes / 4 * 4 * TILE_ROWS + row * 4, rows[row] + bytes / 4 * 4, bytes % 4);
        }
    }
}

static void interleave_plane(
    const struct plane *plane, const uint8_t *const *rows, int blocks, int block_bytes, uint8_t *out) {
    switch (plane->unit) {
        case 1: interleave(rows, blocks, block_bytes, plane->bytes, 1, AS_IN_FILE, out); break;
        case 2: interleave(rows, blocks, block_bytes, plane->bytes, 2, AS_IN_FILE, out); break;
        default:
            switch ((enum coding)plane->coding) {
                case AS_IN_FILE: interleave(rows, blocks, block_bytes, plane->bytes, 4, AS_IN_FILE, out); break;
                case OFFSET_128: interleave(rows, blocks, block_bytes, plane->bytes, 4, OFFSET_128, out); break;
                case TRANSPOSED_BITS:
                    interleave(rows, blocks, block_bytes, plane->bytes, 4, TRANSPOSED_BITS, out);
                    break;
            }
    }
}

static size_t padded(size_t bytes, size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }

/* Returns where the next tile starts. */
static uint8_t *pack_tile(
    const struct plane *planes, int count, int columns, int block_size, int block_bytes, const uint8_t *file,
    size_t row_bytes, int num_rows, uint8_t *out) {
    for (int column = 0; column < columns; column += SEGMENT) {
        const int left = columns - column;
        const int blocks = (left < SEGMENT ? left : SEGMENT) / block_size;
        for (int i = 0; i < count; i++) {
            const uint8_t *rows[TILE_ROWS];
            for (int row = 0; row < TILE_ROWS; row++) {
                const size_t start = row * row_bytes + (size_t)(column / block_size) * block_bytes;
                rows[row] = row < num_rows ? file + start + planes[i].offset : no_row;
            }
            if (planes[i].bytes == block_bytes) {
                interleave_run(rows, blocks * block_bytes, out);
            } else {
                interleave_plane(&planes[i], rows, blocks, block_bytes, out);
            }
            out += padded(TILE_ROWS * padded((size_t)blocks * planes[i].bytes, planes[i].unit), ALIGNMENT);
        }
    }
    return out;
}

JNIEXPORT void JNICALL Java_io_hetegen_engine_tensor_NativePacking_pack(
    JNIEnv *env, jclass type, jintArray plane_ints, jint columns, jint block_size, jint block_bytes, jobject file,
    jint row_bytes, jint num_rows, jobject chunk, jint offset) {
    (void)type;
    struct plane planes[MOST_PLANES];
    const jint count = (*env)->GetArrayLength(env, plane_ints) / 4;
    (*env)->GetIntArrayRegion(env, plane_ints, 0, 4 * count, (jint *)planes);
    const uint8_t *from = (*env)->GetDirectBufferAddress(env, file);
    uint8_t *out = (uint8_t *)(*env)->GetDirectBufferAddress(env, chunk) + offset;
    for (int row = 0; row < num_rows; row += TILE_ROWS) {
        const int left = num_rows - row;
        out = pack_tile(
            planes, count, columns, block_size, block_bytes, from + (size_t)row * row_bytes, row_bytes,
            left < TILE_ROWS ? left : TILE_ROWS, out);
    }
}
