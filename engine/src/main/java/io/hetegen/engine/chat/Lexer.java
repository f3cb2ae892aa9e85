package io.hetegen.engine.chat;

import io.hetegen.engine.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens as Jinja2 does with {@code trim_blocks} and {@code lstrip_blocks}, the settings that chat
 * templates are written for: a tag eats the blanks before it on its line and the newline after it.
 */
final class Lexer {

    private static final Pattern EXPRESSION_TOKEN =
            Pattern.compile("(?<float>\\d[\\d_]*(?:\\.\\d+(?:[eE][+-]?\\d+)?|[eE][+-]?\\d+))"
                    + "|(?<integer>\\d[\\d_]*)|(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
                    + "|(?<operator>//|\\*\\*|==|!=|<=|>=|[-+*/%~\\[\\](){}<>=.:|,;])");
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%}");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    /** Whether the tag before ended a line. */
    private boolean atLineStart = true;

    private Lexer(String template) {
        String unix = template.replace("\r\n", "\n").replace('\r', '\n');
        this.source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    }

    static List<Token> tokens(String template) {
        Lexer lexer = new Lexer(template);
        lexer.template();
        return lexer.tokens;
    }

    private void template() {
        while (at < source.length()) {
            int open = nextTag();
            if (open < 0) {
                data(source.substring(at));
                advance(source.length());
                break;
            }
            char kind = source.charAt(open + 1);
            String before = source.substring(at, open);
            char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
            data(sign == '-' ? stripEnd(before) : sign == '+' || kind == '{' ? before : stripIndentation(before));
            advance(open);
            switch (kind) {
                case '#' -> comment();
                case '%' -> tag();
                default -> expression(Kind.OUTPUT_BEGIN, Kind.OUTPUT_END, "}}");
            }
            atLineStart = source.charAt(at - 1) == '\n';
        }
        add(Kind.END, "");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private void comment() {
        int end = source.indexOf("#}", at + 2);
        if (end < 0) {
            throw TemplateException.at(line, "a comment is not closed");
        }
        afterTag(source.charAt(end - 1), end + 2);
    }

    private void tag() {
        Matcher raw = RAW.matcher(source).region(at, source.length());
        if (!raw.lookingAt()) {
            expression(Kind.TAG_BEGIN, Kind.TAG_END, "%}");
            return;
        }
        Matcher end = END_RAW.matcher(source);
        if (!end.find(raw.end())) {
            throw TemplateException.at(line, "'raw' is not closed");
        }
        String body = source.substring(raw.end(), end.start());
        body = raw.group(1).isEmpty() ? body : body.stripLeading();
        data(end.group(1).equals("-") ? stripEnd(body) : body);
        afterTag(source.charAt(end.end() - 3), end.end());
    }

    private void expression(Kind begin, Kind end, String closing) {
        add(begin, source.substring(at, at + 2));
        int start = at + 2;
        advance(start < source.length() && "-+".indexOf(source.charAt(start)) >= 0 ? start + 1 : start);
        int depth = 0;
        while (true) {
            skipBlanks();
            if (at >= source.length()) {
                throw TemplateException.at(line, "a tag is not closed with " + closing);
            }
            char sign = source.charAt(at);
            boolean signed = sign == '-' || sign == '+' && end == Kind.TAG_END;
            if (depth == 0 && source.startsWith(closing, signed ? at + 1 : at)) {
                add(end, closing);
                int after = at + (signed ? 3 : 2);
                if (end == Kind.TAG_END) {
                    afterTag(signed ? sign : ' ', after);
                } else {
                    advance(after);
                    if (signed) {
                        skipBlanks();
                    }
                }
                return;
            }
            if (sign == '\'' || source.charAt(at) == '"') {
                string(sign);
            } else {
                depth += token();
            }
        }
    }

    /** Reads a token; gives by how much it opens or closes brackets. */
    private int token() {
        Matcher matcher = EXPRESSION_TOKEN.matcher(source).region(at, source.length());
        if (!matcher.lookingAt()) {
            throw TemplateException.at(line, "unexpected character '" + source.charAt(at) + "'");
        }
        String text = matcher.group();
        if (matcher.group("float") != null) {
            add(Kind.FLOAT, text.replace("_", ""));
        } else if (matcher.group("integer") != null) {
            add(Kind.INTEGER, text.replace("_", ""));
        } else {
            add(matcher.group("name") != null ? Kind.NAME : Kind.OPERATOR, text);
        }
        advance(matcher.end());
        return switch (text) {
            case "(", "[", "{" -> 1;
            case ")", "]", "}" -> -1;
            default -> 0;
        };
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw TemplateException.at(line, "a string is not closed");
        }
        add(Kind.STRING, StringEscapes.decode(source.substring(at + 1, end), line));
        advance(end + 1);
    }

    /** {@code sign} is what stood before the closing mark. */
    private void afterTag(char sign, int end) {
        advance(end);
        if (sign == '-') {
            skipBlanks();
        } else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            advance(at + 1);
        }
    }

    private void skipBlanks() {
        int end = at;
        while (end < source.length() && PythonStrings.isSpace(source.charAt(end))) {
            end++;
        }
        advance(end);
    }

    private String stripIndentation(String text) {
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean blank = text.substring(lineStart).chars().allMatch(PythonStrings::isSpace);
        return (lineStart > 0 || atLineStart) && blank ? text.substring(0, lineStart) : text;
    }

    private static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && PythonStrings.isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            add(Kind.DATA, text);
        }
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void advance(int end) {
        for (int i = at; i < end; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        at = end;
    }
}
