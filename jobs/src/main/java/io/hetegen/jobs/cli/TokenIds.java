package io.hetegen.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Token ids as people and programs write them: {@code [1, 2]}, {@code 1,2} or {@code 1 2}. */
record TokenIds(List<Integer> ids) {

    /** @throws CommandFailure naming the first piece that is no token id */
    static TokenIds parse(String text) {
        String list = text.strip();
        if (list.startsWith("[") && list.endsWith("]")) {
            list = list.substring(1, list.length() - 1).strip();
        }
        List<Integer> ids = new ArrayList<>();
        if (!list.isEmpty()) {
            for (String id : list.split("\\s*,\\s*|\\s+", -1)) {
                ids.add(parseId(id));
            }
        }
        return new TokenIds(List.copyOf(ids));
    }

    private static int parseId(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw new CommandFailure("'" + text + "' is not a token id; expected a list such as 1,2,3");
        }
        return Integer.parseInt(text);
    }

    /** Reads the value of an option. */
    static final class Converter implements ITypeConverter<TokenIds> {
        @Override
        public TokenIds convert(String value) {
            try {
                TokenIds ids = parse(value);
                if (ids.ids().isEmpty()) {
                    throw new TypeConversionException("no token ids; expected a list such as 1,2,3");
                }
                return ids;
            } catch (CommandFailure e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
