package io.hetegen.engine.model;

import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.RopePairs;
import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.linear.Linear;
import io.hetegen.engine.linear.SplitLinear;
import io.hetegen.engine.model.Attention.HeadNorms;
import io.hetegen.engine.model.TensorNames.Layer;
import io.hetegen.engine.plan.GroupKind;
import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Packs the tensors of a checked model file into memory and wires the transformer that reads them. */
public final class ModelLoader {

    private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

    private final ModelFile file;
    private final ModelConfig config;
    private final TilePacker packer;
    private final ModelDigest digest = new ModelDigest();
    private final Map<TensorInfo, MessageDigest> tensorDigests = new HashMap<>();
    private final List<SplitLinear> groups = new ArrayList<>();

    private ModelLoader(ModelFile file, ModelConfig config, TilePacker packer) {
        this.file = file;
        this.config = config;
        this.packer = packer;
    }

    /**
     * The file may be closed afterwards; the team stays the caller's and must outlive the model.
     *
     * @param config as {@link ModelConfigReader} read it from this file
     * @throws ModelException if the file cannot be read, memory is short or the thread is interrupted; nothing stays
     *     allocated then
     */
    public static CausalLm load(ModelFile file, ModelConfig config, ThreadTeam team, KvType kvType) {
        KernelChoice choice = KernelChoice.make();
        LOG.info("CPU kernels: {} ({}), {} threads", choice.name(), choice.reason(), team.size());
        return load(file, config, team, kvType, choice.kernels());
    }

    /** With kernels that were chosen elsewhere. */
    static CausalLm load(ModelFile file, ModelConfig config, ThreadTeam team, KvType kvType, Kernels kernels) {
        WeightArena arena = new WeightArena();
        boolean loaded = false;
        try {
            ModelLoader loader = new ModelLoader(file, config, new TilePacker(arena, team));
            DecoderLm.Weights weights = loader.weights(arena);
            byte[] digest = loader.fill(team);
            loaded = true;
            return new DecoderLm(config, kvType, weights, digest, new Compute(kernels, team));
        } finally {
            if (!loaded) {
                arena.close();
            }
        }
    }

    /** The model over memory that is not filled yet. */
    private DecoderLm.Weights weights(WeightArena arena) {
        RowTiles tokens = matrix(TensorNames.TOKEN_EMBEDDING);
        RowTiles positions = config.family().isRotary() ? null : matrix(TensorNames.POSITION_EMBEDDING);
        RotaryEmbedding rope = new RotaryEmbedding(config.rope(), ropePairs(), ropeDivisors());
        List<DecoderLayer> layers = new ArrayList<>();
        for (int layer = 0; layer < config.numLayers(); layer++) {
            layers.add(layer(layer, rope));
        }
        boolean hasBias = config.family().norm() == Family.NormKind.LAYER;
        Norm outputNorm = norm(TensorNames.OUTPUT_NORM, hasBias);
        RowTiles outputMatrix = config.tiedEmbedding() ? tokens : matrix(TensorNames.OUTPUT);
        SplitLinear output = group(GroupKind.OUTPUT, new Linear("output", outputMatrix));
        for (int i = 0; i < groups.size(); i++) {
            groups.get(i).precede(groups.get((i + 1) % groups.size()));
        }
        return new DecoderLm.Weights(new Embedding(tokens, positions), rope, layers, outputNorm, output, groups, arena);
    }

    /** Returns the digest of what was loaded. */
    private byte[] fill(ThreadTeam team) {
        groups.forEach(group -> group.touch(team));
        packer.run();
        tensorDigests.forEach(digest::add);
        return digest.of(config);
    }

    private DecoderLayer layer(int layer, RotaryEmbedding rope) {
        SplitLinear queryKeyValue = group(
                layer, GroupKind.QUERY_KEY_VALUE, Layer.ATTENTION_QUERY, Layer.ATTENTION_KEY, Layer.ATTENTION_VALUE);
        SplitLinear attentionOutput = group(layer, GroupKind.ATTENTION_OUTPUT, Layer.ATTENTION_OUTPUT);
        HeadNorms headNorms = config.family().headNorms()
                ? new HeadNorms(norm(layer, Layer.QUERY_NORM), norm(layer, Layer.KEY_NORM))
                : null;
        return new DecoderLayer(
                norm(layer, Layer.ATTENTION_NORM),
                new Attention(config, layer, queryKeyValue, attentionOutput, headNorms, rope),
                norm(layer, Layer.MLP_NORM),
                mlp(layer));
    }

    private Mlp mlp(int layer) {
        Family.MlpKind kind = config.family().mlp();
        SplitLinear expansion = switch (kind) {
            case SWIGLU -> group(layer, GroupKind.MLP_EXPANSION, Layer.MLP_GATE, Layer.MLP_UP);
            case RELU -> group(layer, GroupKind.MLP_EXPANSION, Layer.MLP_UP);
        };
        return new Mlp(kind, expansion, group(layer, GroupKind.MLP_DOWN, Layer.MLP_DOWN), config.intermediateSize());
    }

    private SplitLinear group(int layer, GroupKind kind, Layer... parts) {
        Linear[] linears = new Linear[parts.length];
        for (int i = 0; i < parts.length; i++) {
            String name = parts[i].of(layer);
            boolean hasBias = parts[i].hasBias(config.family());
            linears[i] =
                    new Linear(name, matrix(TensorNames.weight(name)), hasBias ? vector(TensorNames.bias(name)) : null);
        }
        return group(kind, linears);
    }

    private SplitLinear group(GroupKind kind, Linear... linears) {
        SplitLinear group = new SplitLinear(kind, linears);
        groups.add(group);
        return group;
    }

    private Norm norm(int layer, Layer part) {
        return norm(part.of(layer), part.hasBias(config.family()));
    }

    private Norm norm(String name, boolean hasBias) {
        return new Norm(
                vector(TensorNames.weight(name)), hasBias ? vector(TensorNames.bias(name)) : null, config.normEps());
    }

    private RopePairs ropePairs() {
        return switch (config.family().positions()) {
            case ROTARY_HALVES -> RopePairs.HALVES;
            case ROTARY_INTERLEAVED, LEARNED -> RopePairs.INTERLEAVED;
        };
    }

    private float @Nullable [] ropeDivisors() {
        return file.tensors().containsKey(TensorNames.ROPE_FREQUENCIES) ? vector(TensorNames.ROPE_FREQUENCIES) : null;
    }

    private RowTiles matrix(String name) {
        TensorInfo tensor = tensor(name);
        TileLayout layout =
                new TileLayout(tensor.dtype(), Math.toIntExact(tensor.rows()), Math.toIntExact(tensor.columns()));
        MessageDigest bytes = ModelDigest.start();
        tensorDigests.put(tensor, bytes);
        return packer.add(layout, (offset, target) -> file.read(tensor, offset, target), bytes);
    }

    private float[] vector(String name) {
        TensorInfo tensor = tensor(name);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        file.read(tensor, 0, bytes);
        bytes.flip();
        MessageDigest tensorDigest = ModelDigest.start();
        tensorDigest.update(bytes.array());
        digest.add(tensor, tensorDigest);
        float[] vector = new float[Math.toIntExact(tensor.columns())];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = switch (tensor.dtype()) {
                case F32 -> bytes.getFloat();
                case F16 -> Float16.toFloat(bytes.getShort());
                case BF16 -> Float16.bfloatToFloat(bytes.getShort());
                default ->
                    throw new ModelException(file.path() + ": tensor " + Quoted.of(name)
                            + " must be of a float type, is " + tensor.dtype());
            };
        }
        return vector;
    }

    private TensorInfo tensor(String name) {
        TensorInfo tensor = file.tensors().get(name);
        if (tensor == null) {
            throw new ModelException(file.path() + ": tensor " + Quoted.of(name) + " is missing");
        }
        return tensor;
    }
}
