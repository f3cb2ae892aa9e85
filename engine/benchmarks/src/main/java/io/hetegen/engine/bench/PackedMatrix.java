package io.hetegen.engine.bench;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.ReferenceKernels;
import io.hetegen.engine.kernel.Scratch;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A matrix of a synthetic model and the activations of some tokens; multiplied by the kernels that the engine would take. */
final class PackedMatrix implements AutoCloseable {

    /** Tiles at either end that are held against the reference: it is slow, and the middle is like the ends. */
    private static final int CHECKED_TILES = 8;

    private final WeightArena arena = new WeightArena();
    private final Kernels kernels = KernelChoice.make().kernels();
    private final Scratch scratch = new Scratch();
    private final Activations x = new Activations();
    private final RowTiles weights;
    private final int tokens;
    private final float[] y;

    /** @param model {@code synthetic:SHAPE:TYPE} */
    PackedMatrix(String model, String tensor, int tokens) {
        this.tokens = tokens;
        try (ModelFile file = SyntheticModelFile.of(model);
                ThreadTeam team = new ThreadTeam(1)) {
            TensorInfo info = file.tensor(tensor);
            TileLayout layout =
                    new TileLayout(info.dtype(), Math.toIntExact(info.rows()), Math.toIntExact(info.columns()));
            weights = new TilePacker(arena, team)
                    .pack(layout, (offset, target) -> file.read(info, offset, target), sha256());
        }
        y = new float[tokens * weights.rows()];
        System.arraycopy(
                RandomFloats.of(tokens * weights.columns(), 1),
                0,
                x.resize(tokens, weights.columns()).values(),
                0,
                tokens * weights.columns());
        x.resizeQuantized(weights.layout().dtype());
        check();
    }

    /** Quantizes the activations if the type needs it, and multiplies; returns [token][row]. */
    float[] multiply() {
        kernels.quantize(x, 0, tokens);
        kernels.multiply(weights, 0, weights.tiles(), x, tokens, y, scratch);
        return y;
    }

    long bytes() {
        return weights.bytes();
    }

    /** A multiplication and an addition count as two. */
    double operations() {
        return 2.0 * tokens * weights.rows() * weights.columns();
    }

    private void check() {
        multiply();
        Kernels reference = new ReferenceKernels();
        reference.quantize(x, 0, tokens);
        float[] expected = y.clone();
        int last = Math.max(0, weights.tiles() - CHECKED_TILES);
        reference.multiply(weights, 0, Math.min(CHECKED_TILES, weights.tiles()), x, tokens, expected, scratch);
        reference.multiply(weights, last, weights.tiles(), x, tokens, expected, scratch);
        SameBits.check("multiply", y, expected);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
