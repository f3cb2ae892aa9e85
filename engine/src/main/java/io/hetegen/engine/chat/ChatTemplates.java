package io.hetegen.engine.chat;

import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.tokenizer.TextPiece;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens chat templates, which are written in a subset of Jinja2 (docs/chat-templates.md). */
public final class ChatTemplates {

    private static final Logger LOG = LoggerFactory.getLogger(ChatTemplates.class);
    private static final String KEY = "tokenizer.chat_template";

    /** Roles that a template may build a special token from; any other counts as content. */
    private static final Set<String> ROLES =
            Set.of("system", "user", "assistant", "tool", "developer", "function", "ipython", "model");

    private ChatTemplates() {}

    /**
     * The template in the model file; empty if there is none. One that is broken or uses what is not supported refuses
     * every conversation with the reason, because the model can still answer plain prompts.
     */
    public static Optional<ChatTemplate> load(ModelFile file, Tokenizer tokenizer) {
        return file.metadata().string(KEY).map(template -> {
            try {
                return open(template, tokenizer);
            } catch (TemplateException e) {
                LOG.warn("{}: {}: {}", file.path(), KEY, e.getMessage());
                return new UnusableTemplate(String.valueOf(e.getMessage()));
            }
        });
    }

    /**
     * A template that the model file does not hold.
     *
     * @throws ModelException naming the line if the template is broken or uses what is not supported
     */
    public static ChatTemplate parse(String template, Tokenizer tokenizer) {
        try {
            return open(template, tokenizer);
        } catch (TemplateException e) {
            throw new ModelException("chat template: " + e.getMessage(), e);
        }
    }

    private static ChatTemplate open(String template, Tokenizer tokenizer) {
        JinjaTemplate parsed = JinjaTemplate.parse(template);
        Map<String, Object> constants = new HashMap<>();
        tokenizer.bosToken().ifPresent(id -> constants.put("bos_token", Text.ofTemplate(tokenizer.tokenText(id))));
        tokenizer.eosToken().ifPresent(id -> constants.put("eos_token", Text.ofTemplate(tokenizer.tokenText(id))));
        constants.put("tools", Values.NONE);
        constants.put("documents", Values.NONE);
        return (messages, addGenerationPrompt, time) -> render(parsed, constants, messages, addGenerationPrompt, time);
    }

    private static List<TextPiece> render(
            JinjaTemplate template,
            Map<String, Object> constants,
            List<ChatMessage> messages,
            boolean addGenerationPrompt,
            Instant time) {
        List<Object> conversation = new ArrayList<>(messages.size());
        for (ChatMessage message : messages) {
            Map<Object, Object> fields = new LinkedHashMap<>();
            fields.put(Text.ofTemplate("role"), role(message.role()));
            fields.put(Text.ofTemplate("content"), Text.ofContent(message.content()));
            conversation.add(fields);
        }
        Map<String, Object> variables = new HashMap<>(constants);
        variables.put("messages", conversation);
        variables.put("add_generation_prompt", addGenerationPrompt);
        try {
            return template.render(variables, Clock.fixed(time, ZoneOffset.UTC)).pieces();
        } catch (TemplateException e) {
            throw new InvalidRequestException("the chat template does not take this conversation: " + e.getMessage());
        }
    }

    static Text role(String role) {
        return ROLES.contains(role) ? Text.ofTemplate(role) : Text.ofContent(role);
    }
}
