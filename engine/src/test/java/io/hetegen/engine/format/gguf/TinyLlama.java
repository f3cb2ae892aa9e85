package io.hetegen.engine.format.gguf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A complete LLaMA model file of a few kilobytes with random F32 weights and a sentencepiece vocabulary of 35 tokens. */
public final class TinyLlama {

    public static final int HIDDEN = 12;
    public static final int HEADS = 3;
    public static final int KEY_VALUE_HEADS = 1;
    public static final int HEAD_DIM = 4;
    public static final int INTERMEDIATE = 20;
    public static final int LAYERS = 2;
    public static final int VOCABULARY = 35;

    private TinyLlama() {}

    public static GgufBuilder gguf() {
        GgufBuilder gguf = new GgufBuilder()
                .string("general.architecture", "llama")
                .uint32("llama.block_count", LAYERS)
                .uint32("llama.embedding_length", HIDDEN)
                .uint32("llama.feed_forward_length", INTERMEDIATE)
                .uint32("llama.attention.head_count", HEADS)
                .uint32("llama.attention.head_count_kv", KEY_VALUE_HEADS)
                .uint32("llama.context_length", 64)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        tokenizer(gguf);
        weights(gguf);
        return gguf;
    }

    private static void tokenizer(GgufBuilder gguf) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>", "\u2581"));
        for (char letter = 'a'; letter <= 'z'; letter++) {
            tokens.add(String.valueOf(letter));
        }
        tokens.addAll(List.of("th", "he", "the", "\u2581the", "in"));
        float[] scores = new float[VOCABULARY];
        int[] types = new int[VOCABULARY];
        for (int id = 0; id < VOCABULARY; id++) {
            scores[id] = -id;
            types[id] = id == 0 ? 2 : id < 3 ? 3 : 1;
        }
        gguf.string("tokenizer.ggml.model", "llama")
                .strings("tokenizer.ggml.tokens", tokens)
                .float32s("tokenizer.ggml.scores", scores)
                .int32s("tokenizer.ggml.token_type", types)
                .uint32("tokenizer.ggml.unknown_token_id", 0)
                .uint32("tokenizer.ggml.bos_token_id", 1)
                .uint32("tokenizer.ggml.eos_token_id", 2);
    }

    private static void weights(GgufBuilder gguf) {
        Random random = new Random(7);
        matrix(gguf, random, "token_embd.weight", VOCABULARY, HIDDEN);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            vector(gguf, block + "attn_norm.weight");
            matrix(gguf, random, block + "attn_q.weight", HEADS * HEAD_DIM, HIDDEN);
            matrix(gguf, random, block + "attn_k.weight", KEY_VALUE_HEADS * HEAD_DIM, HIDDEN);
            matrix(gguf, random, block + "attn_v.weight", KEY_VALUE_HEADS * HEAD_DIM, HIDDEN);
            matrix(gguf, random, block + "attn_output.weight", HIDDEN, HEADS * HEAD_DIM);
            vector(gguf, block + "ffn_norm.weight");
            matrix(gguf, random, block + "ffn_gate.weight", INTERMEDIATE, HIDDEN);
            matrix(gguf, random, block + "ffn_up.weight", INTERMEDIATE, HIDDEN);
            matrix(gguf, random, block + "ffn_down.weight", HIDDEN, INTERMEDIATE);
        }
        vector(gguf, "output_norm.weight");
    }

    private static void matrix(GgufBuilder gguf, Random random, String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        gguf.f32Tensor(name, values, columns, rows);
    }

    private static void vector(GgufBuilder gguf, String name) {
        float[] ones = new float[HIDDEN];
        Arrays.fill(ones, 1);
        gguf.f32Tensor(name, ones, HIDDEN);
    }
}
