package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic, and sequences under {@code +} and {@code *}. */
final class Operators {

    private Operators() {}

    static Object apply(Budget budget, String operator, Object left, Object right) {
        return switch (operator) {
            case "+" -> add(budget, left, right);
            case "*" -> multiply(budget, left, right);
            case "/" -> Values.number(left) / nonZero(Values.number(right));
            case "**" -> power(left, right);
            default -> arithmetic(operator, left, right);
        };
    }

    static boolean compare(Budget budget, String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> Values.equal(budget, left, right);
            case "!=" -> !Values.equal(budget, left, right);
            case "<" -> Values.compare(budget, left, right) < 0;
            case "<=" -> Values.compare(budget, left, right) <= 0;
            case ">" -> Values.compare(budget, left, right) > 0;
            case ">=" -> Values.compare(budget, left, right) >= 0;
            case "in" -> Values.contains(budget, right, left);
            case "not in" -> !Values.contains(budget, right, left);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    static Text concatenate(Budget budget, Object left, Object right) {
        Text a = Values.text(budget, left);
        Text b = Values.text(budget, right);
        budget.produce((long) a.length() + b.length());
        return new TextBuilder().append(a).append(b).build();
    }

    static Object negate(Object value) {
        return arithmetic("*", -1L, value);
    }

    private static Object add(Budget budget, Object left, Object right) {
        if (left instanceof Text && right instanceof Text) {
            return concatenate(budget, left, right);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            budget.produce((long) a.size() + b.size());
            List<Object> sum = new ArrayList<>(a);
            sum.addAll(b);
            return sum;
        }
        if (!Values.isNumber(left) || !Values.isNumber(right)) {
            Object odd = left instanceof Text || Values.isNumber(left) ? right : left;
            if (odd instanceof Undefined undefined) {
                throw undefined.failure();
            }
            throw new TemplateException("cannot add " + Values.typeName(right) + " to " + Values.typeName(left));
        }
        return arithmetic("+", left, right);
    }

    private static Object multiply(Budget budget, Object left, Object right) {
        if (left instanceof Text text) {
            String value = text.value();
            long length = budget.produceTimes(value.length(), Values.integer(right));
            TextBuilder out = new TextBuilder();
            for (long made = 0; made < length; made += value.length()) {
                out.append(text);
            }
            return out.build();
        }
        return right instanceof Text ? multiply(budget, right, left) : arithmetic("*", left, right);
    }

    private static Object arithmetic(String operator, Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            double a = Values.number(left);
            double b = Values.number(right);
            return switch (operator) {
                case "+" -> a + b;
                case "-" -> a - b;
                case "*" -> a * b;
                case "//" -> Math.floor(a / nonZero(b));
                case "%" -> a - Math.floor(a / nonZero(b)) * b;
                default -> throw new IllegalArgumentException(operator);
            };
        }
        long a = Values.integer(left);
        long b = Values.integer(right);
        try {
            return switch (operator) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "//" -> Math.floorDiv(a, b);
                case "%" -> Math.floorMod(a, b);
                default -> throw new IllegalArgumentException(operator);
            };
        } catch (ArithmeticException e) {
            throw new TemplateException(a + " " + operator + " " + b + ": " + e.getMessage());
        }
    }

    private static Object power(Object left, Object right) {
        double result = Math.pow(Values.number(left), Values.number(right));
        boolean whole = left instanceof Long && right instanceof Long exponent && exponent >= 0;
        return whole && Math.abs(result) < 1L << 53 ? (Object) (long) result : (Object) result;
    }

    private static double nonZero(double divisor) {
        if (divisor == 0) {
            throw new TemplateException("division by zero");
        }
        return divisor;
    }
}
