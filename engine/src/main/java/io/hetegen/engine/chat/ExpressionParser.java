package io.hetegen.engine.chat;

import io.hetegen.engine.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions with Jinja2's precedences: condition, or, and, not, comparison, sum, ~, product, power, unary. */
final class ExpressionParser {

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
    private static final Expression NONE = frame -> Values.NONE;

    private final TokenStream in;

    ExpressionParser(TokenStream in) {
        this.in = in;
    }

    /** An expression, or several with commas between, which make a tuple. */
    Expression tuple(boolean withCondition) {
        Expression first = withCondition ? expression() : or();
        if (!in.atOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (in.skipOperator(",") && !endOfTuple()) {
            items.add(withCondition ? expression() : or());
        }
        return list(items);
    }

    private boolean endOfTuple() {
        Kind kind = in.peek().kind();
        return kind == Kind.TAG_END || kind == Kind.OUTPUT_END || in.atOperator(")");
    }

    Expression expression() {
        in.enter();
        Expression value = or();
        while (in.skipName("if")) {
            Expression then = value;
            Expression condition = or();
            Expression otherwise = in.skipName("else") ? expression() : frame -> new Undefined("the else part");
            value = frame -> frame.evaluate(Values.truth(frame.evaluate(condition)) ? then : otherwise);
        }
        in.leave();
        return value;
    }

    Expression or() {
        Expression left = and();
        while (in.skipName("or")) {
            Expression first = left;
            Expression second = and();
            left = frame -> {
                Object value = frame.evaluate(first);
                return Values.truth(value) ? value : frame.evaluate(second);
            };
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (in.skipName("and")) {
            Expression first = left;
            Expression second = not();
            left = frame -> {
                Object value = frame.evaluate(first);
                return Values.truth(value) ? frame.evaluate(second) : value;
            };
        }
        return left;
    }

    private Expression not() {
        if (!in.skipName("not")) {
            return comparison();
        }
        in.enter();
        Expression value = not();
        in.leave();
        return frame -> !Values.truth(frame.evaluate(value));
    }

    /** {@code a < b < c} holds if both parts do. */
    private Expression comparison() {
        Expression first = sum();
        List<String> operators = new ArrayList<>();
        List<Expression> operands = new ArrayList<>();
        while (true) {
            String operator = in.peek().text();
            if (in.peek().kind() == Kind.OPERATOR && COMPARISONS.contains(operator) || in.atName("in")) {
                in.next();
            } else if (in.atName("not")) {
                in.next();
                if (!in.skipName("in")) {
                    throw in.failure("expected 'in' after 'not', found " + in.peek());
                }
                operator = "not in";
            } else {
                break;
            }
            operators.add(operator);
            operands.add(sum());
        }
        if (operators.isEmpty()) {
            return first;
        }
        return frame -> {
            Object left = frame.evaluate(first);
            for (int i = 0; i < operators.size(); i++) {
                Object right = frame.evaluate(operands.get(i));
                if (!Operators.compare(frame.budget(), operators.get(i), left, right)) {
                    return false;
                }
                left = right;
            }
            return true;
        };
    }

    private Expression sum() {
        Expression left = concatenation();
        while (in.atOperator("+") || in.atOperator("-")) {
            left = binary(in.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (in.skipOperator("~")) {
            Expression first = left;
            Expression second = product();
            left = frame -> Operators.concatenate(frame.budget(), frame.evaluate(first), frame.evaluate(second));
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (in.peek().kind() == Kind.OPERATOR && PRODUCTS.contains(in.peek().text())) {
            left = binary(in.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (in.skipOperator("**")) {
            left = binary("**", left, unary(true));
        }
        return left;
    }

    private static Expression binary(String operator, Expression left, Expression right) {
        return frame -> Operators.apply(frame.budget(), operator, frame.evaluate(left), frame.evaluate(right));
    }

    private Expression unary(boolean withFilter) {
        in.enter();
        Expression value;
        if (in.skipOperator("-")) {
            Expression operand = unary(false);
            value = frame -> Operators.negate(frame.evaluate(operand));
        } else if (in.skipOperator("+")) {
            value = unary(false);
        } else {
            value = primary();
        }
        value = postfix(value);
        if (withFilter) {
            value = filters(value);
        }
        in.leave();
        return value;
    }

    private Expression primary() {
        Token token = in.next();
        switch (token.kind()) {
            case NAME:
                return name(token.text());
            case STRING:
                StringBuilder joined = new StringBuilder(token.text());
                while (in.peek().kind() == Kind.STRING) {
                    joined.append(in.next().text());
                }
                Text text = Text.ofTemplate(joined.toString());
                return frame -> text;
            case INTEGER, FLOAT:
                Object number = number(token);
                return frame -> number;
            case OPERATOR:
                return switch (token.text()) {
                    case "(" -> parenthesis();
                    case "[" -> list(items("]"));
                    case "{" -> mapping();
                    default -> throw TemplateException.at(token.line(), "unexpected " + token);
                };
            default:
                throw TemplateException.at(token.line(), "unexpected " + token);
        }
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> frame -> true;
            case "false", "False" -> frame -> false;
            case "none", "None" -> NONE;
            default -> frame -> frame.get(name);
        };
    }

    private static Object number(Token token) {
        try {
            return token.kind() == Kind.INTEGER
                    ? (Object) Long.parseLong(token.text())
                    : (Object) Double.parseDouble(token.text());
        } catch (NumberFormatException e) {
            throw TemplateException.at(token.line(), "the number " + token.text() + " is too large");
        }
    }

    private Expression parenthesis() {
        if (in.skipOperator(")")) {
            return list(List.of());
        }
        Expression inner = tuple(true);
        in.expectOperator(")");
        return inner;
    }

    private List<Expression> items(String close) {
        List<Expression> items = new ArrayList<>();
        while (!in.skipOperator(close)) {
            if (!items.isEmpty()) {
                in.expectOperator(",");
                if (in.skipOperator(close)) {
                    break;
                }
            }
            items.add(expression());
        }
        return items;
    }

    private static Expression list(List<Expression> items) {
        return frame -> {
            frame.budget().produce(items.size());
            List<Object> list = new ArrayList<>(items.size());
            for (Expression item : items) {
                list.add(frame.evaluate(item));
            }
            return list;
        };
    }

    private Expression mapping() {
        Map<Expression, Expression> entries = new LinkedHashMap<>();
        while (!in.skipOperator("}")) {
            if (!entries.isEmpty()) {
                in.expectOperator(",");
                if (in.skipOperator("}")) {
                    break;
                }
            }
            Expression key = expression();
            in.expectOperator(":");
            entries.put(key, expression());
        }
        return frame -> {
            frame.budget().produce(entries.size());
            Map<Object, Object> map = new LinkedHashMap<>();
            entries.forEach((key, value) -> map.put(Values.key(frame.evaluate(key)), frame.evaluate(value)));
            return map;
        };
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            Expression object = value;
            if (in.skipOperator(".")) {
                Token name = in.next();
                if (name.kind() == Kind.INTEGER) {
                    Object index = number(name);
                    value = frame -> Access.item(frame.evaluate(object), index);
                } else if (name.kind() == Kind.NAME) {
                    value = frame -> Access.attribute(frame.evaluate(object), name.text());
                } else {
                    throw TemplateException.at(name.line(), "expected a name after '.', found " + name);
                }
            } else if (in.skipOperator("[")) {
                value = subscript(object);
            } else if (in.atOperator("(")) {
                value = call(object);
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression object) {
        Expression from = in.atOperator(":") ? NONE : expression();
        if (in.skipOperator("]")) {
            return frame -> Access.item(frame.evaluate(object), frame.evaluate(from));
        }
        in.expectOperator(":");
        Expression to = in.atOperator(":") || in.atOperator("]") ? NONE : expression();
        Expression step = in.skipOperator(":") && !in.atOperator("]") ? expression() : NONE;
        in.expectOperator("]");
        return frame -> Access.slice(
                frame.budget(), frame.evaluate(object), frame.evaluate(from), frame.evaluate(to), frame.evaluate(step));
    }

    private Expression call(Expression function) {
        ArgumentsParser arguments = arguments();
        return frame -> {
            Object called = frame.evaluate(function);
            if (called instanceof TemplateFunction target) {
                return target.call(frame, arguments.evaluate(frame));
            }
            if (called instanceof Undefined undefined) {
                throw undefined.failure();
            }
            throw new TemplateException(Values.typeName(called) + " cannot be called");
        };
    }

    private ArgumentsParser arguments() {
        ArgumentsParser arguments = new ArgumentsParser();
        in.expectOperator("(");
        boolean first = true;
        while (!in.skipOperator(")")) {
            if (!first) {
                in.expectOperator(",");
                if (in.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            if (in.atOperator("**")) {
                throw in.failure("unpacking named arguments with '**' is not supported");
            }
            arguments.add(in, this);
        }
        return arguments;
    }

    private Expression filters(Expression start) {
        Expression value = start;
        while (true) {
            if (in.skipOperator("|")) {
                value = filter(value);
            } else if (in.skipName("is")) {
                value = test(value);
            } else if (in.atOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    /** The part after {@code |}. */
    Expression filter(Expression value) {
        Token name = in.expect(Kind.NAME);
        Filters.Filter filter = Filters.named(name.text());
        if (filter == null) {
            throw TemplateException.at(name.line(), "the filter " + name + " is not supported");
        }
        ArgumentsParser arguments = in.atOperator("(") ? arguments() : new ArgumentsParser();
        return frame -> filter.apply(frame, frame.evaluate(value), arguments.evaluate(frame));
    }

    private Expression test(Expression value) {
        boolean negated = in.skipName("not");
        Token name = in.expect(Kind.NAME);
        Tests.Test test = Tests.named(name.text());
        if (test == null) {
            throw TemplateException.at(name.line(), "the test " + name + " is not supported");
        }
        ArgumentsParser arguments = new ArgumentsParser();
        if (in.atOperator("(")) {
            arguments = arguments();
        } else if (startsArgument()) {
            arguments.add(postfix(primary()));
        }
        ArgumentsParser given = arguments;
        return frame -> test.holds(frame, frame.evaluate(value), given.evaluate(frame)) != negated;
    }

    private boolean startsArgument() {
        return switch (in.peek().kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME ->
                !Set.of("else", "or", "and", "if", "is", "in", "not")
                        .contains(in.peek().text());
            case OPERATOR -> in.atOperator("[") || in.atOperator("{");
            default -> false;
        };
    }
}
