package io.hetegen.jobs.serde;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.chat.ChatMessage;
import io.hetegen.operator.PromptRequest;
import io.hetegen.schemas.GenerationParameters;
import io.hetegen.schemas.Message;
import io.hetegen.schemas.Prompt;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules that hold for a prompt whichever format it came in: exactly one kind of input, an id and roles that are
 * safe to print and to render, parameters in range, defaults for what is open.
 *
 * @throws InvalidRequestException from {@link #convert}, naming the field, what is allowed and what came
 */
record PromptConverter(GenerationDefaults defaults) implements Serializable {

    // A role goes into the template's markup, unlike a content: nothing in it may look like markup.
    private static final Pattern ROLE = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    /** @param time of the record, which a template that writes the date takes for now */
    PromptRequest convert(Prompt prompt, Instant time) {
        checkId(prompt.getId());
        Map<String, String> attributes = prompt.getAttributes();
        InvalidRequestException.check(
                attributes.size() <= PromptLimits.MAX_ATTRIBUTES,
                "attributes holds %s entries, at most %s are taken",
                attributes.size(),
                PromptLimits.MAX_ATTRIBUTES);
        return new PromptRequest(
                prompt.getId(),
                Map.copyOf(attributes),
                request(input(prompt, time), Optional.ofNullable(prompt.getGeneration())),
                Optional.ofNullable(prompt.getDeadline()));
    }

    static void checkMaxTokens(int maxTokens) {
        InvalidRequestException.check(maxTokens >= 1, "maxTokens must be at least 1, got %s", maxTokens);
    }

    private static void checkId(String id) {
        InvalidRequestException.check(!id.isEmpty(), "id is empty, it must name the prompt");
        InvalidRequestException.check(
                id.length() <= PromptLimits.MAX_ID_LENGTH,
                "id has %s characters, at most %s are taken",
                id.length(),
                PromptLimits.MAX_ID_LENGTH);
        InvalidRequestException.check(
                id.codePoints().noneMatch(PromptConverter::breaksLines),
                "id %s holds control characters, which could forge log lines: remove them",
                OneLine.quote(id));
    }

    private static boolean breaksLines(int codePoint) {
        return Character.isISOControl(codePoint) || codePoint == 0x2028 || codePoint == 0x2029;
    }

    private static PromptInput input(Prompt prompt, Instant time) {
        @Nullable List<Message> messages = prompt.getMessages();
        @Nullable String text = prompt.getPrompt();
        InvalidRequestException.check(
                messages == null || text == null, "both messages and prompt are set, exactly one is needed");
        if (messages != null) {
            return new PromptInput.Chat(
                    messages.stream().map(PromptConverter::message).toList(), time);
        }
        if (text != null) {
            return new PromptInput.Text(text);
        }
        throw new InvalidRequestException("neither messages nor prompt is set, exactly one is needed");
    }

    private static ChatMessage message(Message message) {
        String role = message.getRole();
        InvalidRequestException.check(
                role.length() <= PromptLimits.MAX_ROLE_LENGTH
                        && ROLE.matcher(role).matches(),
                "role must be a word of at most %s letters, digits, '_' or '-', got %s",
                PromptLimits.MAX_ROLE_LENGTH,
                OneLine.quote(role));
        return new ChatMessage(role, message.getContent());
    }

    private GenerationRequest request(PromptInput input, Optional<GenerationParameters> generation) {
        SamplingParameters sampling = new SamplingParameters(
                generation.map(GenerationParameters::getTemperature).orElse(defaults.temperature()),
                generation.map(GenerationParameters::getTopK).orElse(defaults.topK()),
                generation.map(GenerationParameters::getTopP).orElse(defaults.topP()),
                generation.map(GenerationParameters::getMinP).orElse(defaults.minP()),
                generation.map(GenerationParameters::getRepetitionPenalty).orElse(defaults.repetitionPenalty()),
                generation.map(GenerationParameters::getPresencePenalty).orElse(defaults.presencePenalty()),
                generation.map(GenerationParameters::getFrequencyPenalty).orElse(defaults.frequencyPenalty()),
                generation.map(GenerationParameters::getSeed).orElse(defaults.seed()));
        return new GenerationRequest(
                input,
                sampling,
                generation.map(GenerationParameters::getMaxTokens).orElse(defaults.maxTokens()),
                generation.map(GenerationParameters::getStop).orElse(List.of()),
                generation.map(GenerationParameters::getJsonSchema));
    }
}
