package io.hetegen.engine.chat;

/** A template that cannot be parsed, or that fails or refuses while it renders; the message is for the user. */
final class TemplateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TemplateException(String message) {
        super(message);
    }

    static TemplateException at(int line, String message) {
        return new TemplateException("line " + line + ": " + message);
    }
}
