package io.hetegen.jobs.cli;

import io.hetegen.engine.format.Quoted;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: {@code 6GB} (10^9), {@code 512MiB} (2^20), {@code 0.9 GB}, {@code 4096}. */
record ByteSize(long bytes) {

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?) ?([A-Za-z]*)");
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final Map<String, Long> UNITS = Map.of(
            "", 1L,
            "b", 1L,
            "kb", 1_000L,
            "mb", 1_000_000L,
            "gb", 1_000_000_000L,
            "tb", 1_000_000_000_000L,
            "kib", 1L << 10,
            "mib", 1L << 20,
            "gib", 1L << 30,
            "tib", 1L << 40);

    /** @throws CommandFailure if it is no size */
    static ByteSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        Long unit = matcher.matches() ? UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
        if (unit == null) {
            throw new CommandFailure(Quoted.of(text) + " is not a size; expected a number with B, KB, MB, GB, TB"
                    + " (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024), such as 6GB or 512MiB");
        }
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
        if (bytes.compareTo(MOST) > 0) {
            throw new CommandFailure(Quoted.of(text) + " is more bytes than can be counted");
        }
        return new ByteSize(bytes.longValue());
    }

    /** For example {@code 7.9 GB}. */
    String text() {
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /** Reads the value of an option. */
    static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String value) {
            try {
                return parse(value);
            } catch (CommandFailure e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
