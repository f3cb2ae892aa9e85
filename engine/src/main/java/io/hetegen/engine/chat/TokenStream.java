package io.hetegen.engine.chat;

import io.hetegen.engine.chat.Token.Kind;
import java.util.List;

/** Where a parser stands in a template. */
final class TokenStream {

    private static final int MAX_NESTING = 100;

    private final List<Token> tokens;
    private int at;
    private int nesting;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peekSecond() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Kind.END) {
            at++;
        }
        return token;
    }

    boolean at(Kind kind, String text) {
        return peek().is(kind, text);
    }

    boolean atOperator(String text) {
        return at(Kind.OPERATOR, text);
    }

    boolean atName(String text) {
        return at(Kind.NAME, text);
    }

    boolean skipOperator(String text) {
        return skip(Kind.OPERATOR, text);
    }

    boolean skipName(String text) {
        return skip(Kind.NAME, text);
    }

    private boolean skip(Kind kind, String text) {
        boolean found = at(kind, text);
        if (found) {
            at++;
        }
        return found;
    }

    Token expect(Kind kind) {
        if (peek().kind() != kind) {
            throw failure("expected " + (kind == Kind.NAME ? "a name" : "the end of the tag") + ", found " + peek());
        }
        return next();
    }

    void expectOperator(String text) {
        if (!skipOperator(text)) {
            throw failure("expected '" + text + "', found " + peek());
        }
    }

    /** Parsers recurse as deep as a template nests. */
    void enter() {
        if (++nesting > MAX_NESTING) {
            throw failure("nested deeper than " + MAX_NESTING + " levels");
        }
    }

    void leave() {
        nesting--;
    }

    TemplateException failure(String message) {
        return TemplateException.at(peek().line(), message);
    }
}
