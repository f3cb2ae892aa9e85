package io.hetegen.engine.chat;

import io.hetegen.engine.chat.Statement.Flow;
import io.hetegen.engine.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the tags: if, for, set, macro, filter, break, continue, generation. Any other is refused by name. */
final class StatementParser {

    private static final Statement NOTHING = frame -> Flow.NEXT;

    private final TokenStream in;
    private final ExpressionParser expressions;
    private int loops;

    private StatementParser(TokenStream in) {
        this.in = in;
        this.expressions = new ExpressionParser(in);
    }

    static Statement parse(String template) {
        StatementParser parser = new StatementParser(new TokenStream(Lexer.tokens(template)));
        return parser.body(Set.of());
    }

    /** Up to a tag of one of these names, whose name is not yet read, or to the end of the template. */
    private Statement body(Set<String> ends) {
        in.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = in.next();
            switch (token.kind()) {
                case DATA -> {
                    Text text = Text.ofTemplate(token.text());
                    statements.add(frame -> {
                        frame.write(text);
                        return Flow.NEXT;
                    });
                }
                case OUTPUT_BEGIN -> statements.add(output());
                case TAG_BEGIN -> {
                    if (in.peek().kind() == Kind.NAME && ends.contains(in.peek().text())) {
                        in.leave();
                        return Statement.sequence(statements);
                    }
                    statements.add(tag());
                }
                case END -> {
                    if (!ends.isEmpty()) {
                        throw TemplateException.at(token.line(), "the template ends where " + ends + " is expected");
                    }
                    in.leave();
                    return Statement.sequence(statements);
                }
                default -> throw TemplateException.at(token.line(), "unexpected " + token);
            }
        }
    }

    private Statement output() {
        Expression value = expressions.tuple(true);
        in.expect(Kind.OUTPUT_END);
        return frame -> {
            frame.write(Values.text(frame.budget(), frame.evaluate(value)));
            return Flow.NEXT;
        };
    }

    private Statement tag() {
        Token name = in.expect(Kind.NAME);
        return switch (name.text()) {
            case "if" -> condition();
            case "for" -> loop();
            case "set" -> assignment();
            case "macro" -> macro();
            case "filter" -> filtered();
            case "generation" -> block("endgeneration");
            case "break" -> jump(name, Flow.BREAK);
            case "continue" -> jump(name, Flow.CONTINUE);
            default -> throw TemplateException.at(name.line(), "the tag " + name + " is not supported here");
        };
    }

    private Statement jump(Token name, Flow flow) {
        if (loops == 0) {
            throw TemplateException.at(name.line(), name + " stands outside a loop");
        }
        in.expect(Kind.TAG_END);
        return frame -> flow;
    }

    /** From the end of the opening tag to the end of the closing one. */
    private Statement block(String end) {
        in.expect(Kind.TAG_END);
        Statement body = body(Set.of(end));
        in.next();
        in.expect(Kind.TAG_END);
        return body;
    }

    private Statement condition() {
        List<Expression> conditions = new ArrayList<>();
        List<Statement> bodies = new ArrayList<>();
        Statement otherwise = NOTHING;
        String word = "if";
        while (!word.equals("endif")) {
            if (word.equals("else")) {
                otherwise = block("endif");
                break;
            }
            conditions.add(expressions.tuple(true));
            in.expect(Kind.TAG_END);
            bodies.add(body(Set.of("elif", "else", "endif")));
            word = in.next().text();
            if (word.equals("endif")) {
                in.expect(Kind.TAG_END);
            }
        }
        Statement last = otherwise;
        return frame -> {
            for (int i = 0; i < conditions.size(); i++) {
                if (Values.truth(frame.evaluate(conditions.get(i)))) {
                    return bodies.get(i).execute(frame);
                }
            }
            return last.execute(frame);
        };
    }

    private Statement loop() {
        Target target = Target.parse(in);
        if (!in.skipName("in")) {
            throw in.failure("expected 'in', found " + in.peek());
        }
        Expression items = expressions.tuple(false);
        Expression filter = in.skipName("if") ? expressions.expression() : frame -> true;
        if (in.atName("recursive")) {
            throw in.failure("a recursive loop is not supported");
        }
        in.expect(Kind.TAG_END);
        loops++;
        Statement body = body(Set.of("else", "endfor"));
        loops--;
        Statement otherwise = NOTHING;
        if (in.next().text().equals("else")) {
            otherwise = block("endfor");
        } else {
            in.expect(Kind.TAG_END);
        }
        return new Loop(target, items, filter, body, otherwise);
    }

    private Statement assignment() {
        Target target = Target.parse(in);
        if (in.skipOperator("=")) {
            Expression value = expressions.tuple(true);
            in.expect(Kind.TAG_END);
            return frame -> {
                target.assign(frame, frame.evaluate(value));
                return Flow.NEXT;
            };
        }
        Captured captured = new Captured();
        Expression value = filters(captured);
        captured.body = block("endset");
        return frame -> {
            target.assign(frame, frame.evaluate(value));
            return Flow.NEXT;
        };
    }

    private Statement filtered() {
        Captured captured = new Captured();
        Expression value = expressions.filter(captured);
        value = filters(value);
        captured.body = block("endfilter");
        Expression result = value;
        return frame -> {
            frame.write(Values.text(frame.budget(), frame.evaluate(result)));
            return Flow.NEXT;
        };
    }

    private Expression filters(Expression start) {
        Expression value = start;
        while (in.skipOperator("|")) {
            value = expressions.filter(value);
        }
        return value;
    }

    /** What a body writes, as a value; the body is parsed after the filters that stand in its opening tag. */
    private static final class Captured implements Expression {
        private @Nullable Statement body;

        @Override
        public Object evaluate(Frame frame) {
            Frame inner = frame.capturing();
            if (body != null) {
                body.execute(inner);
            }
            return inner.output();
        }
    }

    private Statement macro() {
        String name = in.expect(Kind.NAME).text();
        Map<String, @Nullable Expression> parameters = new LinkedHashMap<>();
        in.expectOperator("(");
        while (!in.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                in.expectOperator(",");
            }
            String parameter = in.expect(Kind.NAME).text();
            parameters.put(parameter, in.skipOperator("=") ? expressions.expression() : null);
        }
        int outside = loops;
        loops = 0;
        Statement body = block("endmacro");
        loops = outside;
        return frame -> {
            frame.set(name, new Macro(name, parameters, body, frame));
            return Flow.NEXT;
        };
    }
}
