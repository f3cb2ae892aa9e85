package io.hetegen.engine.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU time of the machine and of this process with the children that it has waited for, in clock ticks since their
 * start (Linux, proc(5)). Tells whether something else computed during a measurement.
 *
 * @param all of all cores, idle or not
 * @param busy not idle, what a hypervisor took for others included
 */
record CpuTime(long all, long busy, long own) {

    /** Columns of the first line of /proc/stat. */
    private static final int IDLE = 4;

    private static final int WAITING = 5;
    private static final int STOLEN = 8;

    /** Fields of /proc/self/stat after the program's name, which may have blanks in it. */
    private static final int FIRST_OWN = 11;

    private static final int OWN_FIELDS = 4;

    static CpuTime now() {
        try {
            return parse(Files.readString(Path.of("/proc/stat")), Files.readString(Path.of("/proc/self/stat")));
        } catch (IOException e) {
            throw new ComparisonException("Linux is needed, with /proc: " + e.getMessage());
        }
    }

    static CpuTime parse(String machine, String process) {
        String[] columns = machine.lines().findFirst().orElseThrow().split(" +");
        long all = 0;
        for (int i = 1; i <= STOLEN; i++) {
            all += Long.parseLong(columns[i]);
        }
        long busy = all - Long.parseLong(columns[IDLE]) - Long.parseLong(columns[WAITING]);
        String[] fields =
                process.substring(process.lastIndexOf(')') + 1).strip().split(" ");
        long own = 0;
        for (int i = FIRST_OWN; i < FIRST_OWN + OWN_FIELDS; i++) {
            own += Long.parseLong(fields[i]);
        }
        return new CpuTime(all, busy, own);
    }

    /** Share of all cores' time that others took; not below 0, which the two files' rounding would give. */
    double othersSince(CpuTime start) {
        long others = busy - start.busy - (own - start.own);
        return Math.max(0, others) / (double) Math.max(1, all - start.all);
    }
}
