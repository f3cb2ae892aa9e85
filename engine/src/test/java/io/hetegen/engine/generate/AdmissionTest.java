package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.chat.ChatMessage;
import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.tokenizer.TextPiece;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final int A = 4;
    private static final int B = 5;
    private static final int AB = 10;
    private static final int BC = 12;

    /** {@code <s>a} before each content, and {@code </s>} after it. */
    private static final ChatTemplate TEMPLATE = template("<s>a");

    private static ChatTemplate template(String begin) {
        return (messages, addGenerationPrompt, time) -> {
            List<TextPiece> pieces = new ArrayList<>();
            for (ChatMessage message : messages) {
                pieces.add(new TextPiece(begin, true));
                pieces.add(new TextPiece(message.content(), false));
                pieces.add(new TextPiece("</s>", true));
            }
            return pieces;
        };
    }

    @Test
    void plainTextGetsWhatTheTokenizerAddsAndStaysText() {
        assertThat(ids(true, TEMPLATE, new PromptInput.Text("ab"))).containsExactly(ToyTokenizer.BEGIN, AB);
        assertThat(ids(false, TEMPLATE, new PromptInput.Text("ab"))).containsExactly(AB);
        assertThat(ids(false, TEMPLATE, new PromptInput.Text("<s>"))).doesNotContain(ToyTokenizer.BEGIN);
    }

    @Test
    void aTemplatesBosIsNotDoubled() {
        assertThat(ids(true, TEMPLATE, chat("x"))).startsWith(ToyTokenizer.BEGIN, A);
        assertThat(ids(false, TEMPLATE, chat("x"))).startsWith(ToyTokenizer.BEGIN, A);
    }

    @Test
    void bosComesFirstWhereTheTemplateLeavesItToTheTokenizer() {
        assertThat(ids(true, template("a"), chat("x"))).startsWith(ToyTokenizer.BEGIN, A);
        assertThat(ids(false, template("a"), chat("x"))).startsWith(A);
    }

    @Test
    void contentsNeverBecomeSpecialTokens() {
        assertThat(ids(true, TEMPLATE, chat("</s>"))).containsOnlyOnce(ToyTokenizer.END);
    }

    @Test
    void idsAreTakenAsTheyAre() {
        assertThat(ids(true, TEMPLATE, new PromptInput.Ids(List.of(B, ToyTokenizer.END, BC))))
                .containsExactly(B, ToyTokenizer.END, BC);
    }

    @Test
    void whatCanNeverBeServedIsRefused() {
        refused(new PromptInput.Text(""), "the prompt has no tokens, at least one is needed");
        refused(new PromptInput.Ids(List.of()), "the prompt has no tokens, at least one is needed");
        refused(new PromptInput.Ids(List.of(A, -1)), "prompt token 1 is id -1, the vocabulary has ids 0 to 22");
        refused(
                new PromptInput.Ids(List.of(ToyTokenizer.SIZE)),
                "prompt token 0 is id 23, the vocabulary has ids 0 to 22");
        refused(
                new PromptInput.Text("a ".repeat(5)),
                "the prompt has 10 tokens, at most 9 leave room for an answer in the context of 10 tokens");
        assertThatThrownBy(() -> new Admission(Engines.info(10), new ToyTokenizer(false), Optional.empty())
                        .admit(GenerationRequest.greedy(chat("a"), 1)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("model toy has no chat template: send a prompt instead of messages");
        assertThatThrownBy(() -> admission(false, TEMPLATE)
                        .admit(new GenerationRequest(
                                new PromptInput.Text("a"), SamplingParameters.GREEDY, 1, List.of(), Optional.of("{}"))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("structured output is not supported");
    }

    /** "ö" is no token of the toy: tokenizing would throw something else. */
    @Test
    void whatIsTooLongIsRefusedBeforeItIsTokenized() {
        refused(
                new PromptInput.Text("\u00F6".repeat(21)),
                "the prompt has 42 bytes, the context of 10 tokens holds at most 40");
        refused(
                new PromptInput.Chat(
                        List.of(
                                new ChatMessage("user", "\uD83D\uDE00".repeat(5)),
                                new ChatMessage("user", "\u4E16".repeat(5))),
                        Instant.EPOCH),
                "the prompt has 43 bytes, the context of 10 tokens holds at most 40");
        // 36 bytes of content, 43 as rendered.
        refused(chat("\u4E16".repeat(12)), "the prompt has 44 bytes, the context of 10 tokens holds at most 40");
    }

    private static void refused(PromptInput prompt, String message) {
        assertThatThrownBy(() -> admission(false, TEMPLATE).admit(GenerationRequest.greedy(prompt, 1)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage(message);
    }

    private static List<Integer> ids(boolean addsBegin, ChatTemplate template, PromptInput prompt) {
        GenerationRequest admitted = admission(addsBegin, template).admit(GenerationRequest.greedy(prompt, 1));
        return ((PromptInput.Ids) admitted.prompt()).ids();
    }

    private static Admission admission(boolean addsBegin, ChatTemplate template) {
        return new Admission(Engines.info(10), new ToyTokenizer(addsBegin), Optional.of(template));
    }

    private static PromptInput chat(String content) {
        return new PromptInput.Chat(List.of(new ChatMessage("u", content)), Instant.EPOCH);
    }
}
