package io.hetegen.engine.chat;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that every template sees: Jinja's, and those that transformers adds. */
final class Globals {

    /** As in Jinja's sandbox. */
    private static final int MAX_RANGE = 100_000;

    private static final Map<String, TemplateFunction> BY_NAME = Map.of(
            "namespace", (frame, a) -> new Namespace(a.named()),
            "dict", Globals::dict,
            "range", Globals::range,
            "raise_exception",
                    (frame, a) -> {
                        throw new TemplateException(Values.text(frame.budget(), a.required(0, "message"))
                                .value());
                    },
            "strftime_now",
                    (frame, a) ->
                            Text.ofTemplate(format(a.text(0, "format").value(), LocalDateTime.now(frame.clock()))));

    private Globals() {}

    static Object named(String name) {
        TemplateFunction function = BY_NAME.get(name);
        return function != null ? function : new Undefined(name);
    }

    private static Object dict(Frame frame, Arguments arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            map.putAll(Values.mapping(arguments.positional().get(0)));
        }
        new HashMap<>(arguments.named()).forEach((key, value) -> map.put(Text.ofTemplate(key), value));
        frame.budget().produce(map.size());
        return map;
    }

    private static Object range(Frame frame, Arguments arguments) {
        boolean one = arguments.positional().size() < 2;
        long start = one ? 0 : Values.integer(arguments.required(0, "start"));
        long stop = Values.integer(arguments.required(one ? 0 : 1, "stop"));
        long step = Values.integer(arguments.get(2, "step", 1L));
        if (step == 0) {
            throw new TemplateException("range: the step is zero");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            if (numbers.size() == MAX_RANGE) {
                throw new TemplateException("range: more than " + MAX_RANGE + " numbers");
            }
            numbers.add(i);
        }
        frame.budget().produce(numbers.size());
        return numbers;
    }

    private static String format(String format, LocalDateTime now) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            if (format.charAt(i) != '%' || i + 1 == format.length()) {
                out.append(format.charAt(i));
                continue;
            }
            boolean unpadded = format.charAt(i + 1) == '-' && i + 2 < format.length();
            i += unpadded ? 2 : 1;
            String field = field(format.charAt(i), now);
            out.append(unpadded ? field.replaceFirst("^0+(?=.)", "") : field);
        }
        return out.toString();
    }

    private static String field(char directive, LocalDateTime now) {
        return switch (directive) {
            case 'Y' -> digits("%04d", now.getYear());
            case 'y' -> digits("%02d", now.getYear() % 100);
            case 'm' -> digits("%02d", now.getMonthValue());
            case 'd' -> digits("%02d", now.getDayOfMonth());
            case 'H' -> digits("%02d", now.getHour());
            case 'I' -> digits("%02d", (now.getHour() + 11) % 12 + 1);
            case 'M' -> digits("%02d", now.getMinute());
            case 'S' -> digits("%02d", now.getSecond());
            case 'j' -> digits("%03d", now.getDayOfYear());
            case 'p' -> now.getHour() < 12 ? "AM" : "PM";
            case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' -> now.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b' -> now.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case '%' -> "%";
            default -> throw new TemplateException("strftime_now: %" + directive + " is not supported");
        };
    }

    private static String digits(String format, int value) {
        return String.format(Locale.ROOT, format, value);
    }
}
