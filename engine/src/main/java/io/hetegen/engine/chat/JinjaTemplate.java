package io.hetegen.engine.chat;

import java.time.Clock;
import java.util.Map;

/** A parsed template. Rendering changes nothing in it. */
final class JinjaTemplate {

    private static final int MAX_LENGTH = 1 << 20;

    private final Statement body;

    private JinjaTemplate(Statement body) {
        this.body = body;
    }

    /** @throws TemplateException with the line if the template is broken, too large or uses what is not supported */
    static JinjaTemplate parse(String template) {
        if (template.length() > MAX_LENGTH) {
            throw new TemplateException(
                    "the template has " + template.length() + " characters, at most " + MAX_LENGTH + " are allowed");
        }
        return new JinjaTemplate(StatementParser.parse(template));
    }

    /** @throws TemplateException if the template refuses the variables, fails on them or exceeds its {@link Budget} */
    Text render(Map<String, Object> variables, Clock clock) {
        Frame frame = Frame.outermost(variables, clock);
        try {
            body.execute(frame);
        } catch (StackOverflowError e) {
            // Values can nest as deep as a template cares to build them.
            throw new TemplateException("the template nests too deeply");
        }
        return frame.output();
    }
}
