package io.hetegen.engine.linear;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadAheadTest {

    private record Piece(int tile, int at, int length) {}

    private final WeightArena arena = new WeightArena();
    private final List<Piece> fetched = new ArrayList<>();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void tilesAreFetchedSideBySideUpToTheirEnd() {
        RowTiles weights = weights(7 * TileLayout.ROWS, 72); // F32: 4608 bytes a tile
        ReadAhead ahead = new ReadAhead(2, 4, this::fetch);
        ahead.begin(1, weights, 1);
        while (ahead.step(1)) {
            assertThat(fetched).hasSizeLessThanOrEqualTo(12);
        }
        assertThat(fetched)
                .containsExactly(
                        new Piece(1, 0, 4096),
                        new Piece(2, 0, 4096),
                        new Piece(3, 0, 4096),
                        new Piece(4, 0, 4096),
                        new Piece(1, 4096, 512),
                        new Piece(2, 4096, 512),
                        new Piece(3, 4096, 512),
                        new Piece(4, 4096, 512),
                        new Piece(5, 0, 4096),
                        new Piece(6, 0, 4096),
                        new Piece(5, 4096, 512),
                        new Piece(6, 4096, 512));
    }

    @Test
    void aThreadFetchesNoMoreThanItsCacheHolds() {
        RowTiles weights = weights(40 * TileLayout.ROWS, 256); // 16 KiB a tile
        ReadAhead ahead = new ReadAhead(1, 4, this::fetch);
        ahead.begin(0, weights, 0);
        while (ahead.step(0)) {
            assertThat(fetched.stream().mapToInt(Piece::length).sum()).isLessThanOrEqualTo(ReadAhead.MOST_BYTES);
        }
        assertThat(fetched).doesNotHaveDuplicates().hasSize(ReadAhead.MOST_BYTES / ReadAhead.STEP_BYTES);
        assertThat(fetched).allMatch(piece -> piece.tile < 16);
    }

    @Test
    void aThreadWithoutATaskHasNothingToFetch() {
        assertThat(new ReadAhead(1, 4, this::fetch).step(0)).isFalse();
    }

    /** Whatever bytes are asked for: an instruction that prefetches never fails. */
    @Test
    void fetchingHasNoEffectThatIsSeen() {
        RowTiles weights = weights(3 * TileLayout.ROWS, 72);
        weights.prefetch(2, 4096, 512);
        arena.close();
        weights.prefetch(2, 4096, 512);
        assertThat(fetched).isEmpty();
    }

    private void fetch(RowTiles weights, int tile, int at, int length) {
        fetched.add(new Piece(tile, at, length));
    }

    private RowTiles weights(int rows, int columns) {
        try (ThreadTeam team = new ThreadTeam(1)) {
            TilePacker packer = new TilePacker(arena, team);
            return packer.add(
                    new TileLayout(DType.F32, rows, columns),
                    (offset, target) -> {},
                    MessageDigest.getInstance("SHA-256"));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
