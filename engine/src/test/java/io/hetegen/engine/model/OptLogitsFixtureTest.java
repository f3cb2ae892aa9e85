package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tokenizer.FakeModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The OPT mapping of docs/model-files.md against the logits of transformers on the same weights. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class OptLogitsFixtureTest {

    /** The expected logits have six decimals. */
    private static final float LOGIT_ERROR = 1e-4f;

    private static final Map<String, String> PARTS = Map.of(
            "self_attn_layer_norm", "attn_norm",
            "self_attn.q_proj", "attn_q",
            "self_attn.k_proj", "attn_k",
            "self_attn.v_proj", "attn_v",
            "self_attn.out_proj", "attn_output",
            "final_layer_norm", "ffn_norm",
            "fc1", "ffn_up",
            "fc2", "ffn_down");

    @Test
    void logitsAndGreedyIds() throws IOException {
        Path folder = Path.of(System.getProperty("hetegen.fixtures"), "hf", "opt");
        JsonNode expected =
                new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
        ModelFile file = new Weights(folder);
        try (ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F32);
                KvCache cache = model.newCache()) {
            int[] prompt = new ObjectMapper().convertValue(expected.get("prompt_ids"), int[].class);
            float[] last = new ObjectMapper().convertValue(expected.get("last_logits"), float[].class);
            float[][] logits = model.forward(List.of(new Slice(cache, prompt, LogitsFor.ALL)))
                    .get(0);
            assertThat(logits[prompt.length - 1]).containsExactly(last, within(LOGIT_ERROR));
            for (int position = 0; position < prompt.length; position++) {
                assertThat(argmax(logits[position]))
                        .isEqualTo(expected.get("prompt_argmax").get(position).asInt());
            }
            float[] next = logits[prompt.length - 1];
            for (JsonNode id : expected.get("greedy_ids")) {
                assertThat(argmax(next)).isEqualTo(id.asInt());
                next = model.forward(List.of(new Slice(cache, new int[] {id.asInt()}, LogitsFor.LAST)))
                        .get(0)[0];
            }
        }
    }

    private static int argmax(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** The safetensors file under the names and keys of the mapping. */
    private static final class Weights implements ModelFile {

        private final Path path;
        private final byte[] bytes;
        private final Map<String, TensorInfo> tensors = new HashMap<>();
        private final Map<String, Object> metadata = new HashMap<>();

        Weights(Path folder) throws IOException {
            path = folder.resolve("model.safetensors");
            bytes = Files.readAllBytes(path);
            int headerBytes =
                    (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
            JsonNode header = new ObjectMapper().readTree(bytes, Long.BYTES, headerBytes);
            header.properties().forEach(entry -> {
                if (entry.getKey().startsWith("model.decoder.")) {
                    tensor(entry.getKey().substring("model.decoder.".length()), entry.getValue(), 8 + headerBytes);
                }
            });
            JsonNode config =
                    new ObjectMapper().readTree(folder.resolve("config.json").toFile());
            metadata.put("general.architecture", "opt");
            metadata.put("opt.block_count", config.get("num_hidden_layers").asLong());
            metadata.put("opt.embedding_length", config.get("hidden_size").asLong());
            metadata.put("opt.feed_forward_length", config.get("ffn_dim").asLong());
            metadata.put(
                    "opt.attention.head_count",
                    config.get("num_attention_heads").asLong());
            metadata.put(
                    "opt.context_length", config.get("max_position_embeddings").asLong());
            metadata.put("opt.attention.layer_norm_epsilon", 1e-5);
        }

        private void tensor(String theirs, JsonNode description, long dataStart) {
            String name = theirs.replace("embed_tokens", "token_embd").replace("embed_positions", "position_embd");
            if (theirs.startsWith("layers.")) {
                String layer = theirs.split("\\.", -1)[1];
                int lastDot = theirs.lastIndexOf('.');
                String part = PARTS.get(theirs.substring("layers.".length() + layer.length() + 1, lastDot));
                name = "blk." + layer + "." + part + theirs.substring(lastDot);
            } else {
                name = name.replace("final_layer_norm", "output_norm");
            }
            JsonNode shape = description.get("shape");
            long columns = shape.get(shape.size() - 1).asLong();
            long rows = shape.size() == 1 ? 1 : shape.get(0).asLong();
            long offset = dataStart + description.get("data_offsets").get(0).asLong();
            tensors.put(name, new TensorInfo(name, DType.F32, rows, columns, offset));
        }

        @Override
        public Path path() {
            return path;
        }

        @Override
        public ModelMetadata metadata() {
            return new FakeModelFile("opt", metadata);
        }

        @Override
        public Map<String, TensorInfo> tensors() {
            return tensors;
        }

        @Override
        public void read(TensorInfo tensor, long position, ByteBuffer target) {
            target.put(bytes, Math.toIntExact(tensor.offset() + position), target.remaining());
        }

        @Override
        public void close() {}
    }
}
