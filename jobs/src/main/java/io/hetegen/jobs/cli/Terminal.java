package io.hetegen.jobs.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The streams of one run of the command line. Text is UTF-8 whatever the locale says.
 *
 * @param inputIsTerminal whether someone would have to type the input
 * @param errorIsTerminal whether someone watches: only then is progress drawn
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, boolean inputIsTerminal, boolean errorIsTerminal) {

    static Terminal system() {
        return new Terminal(
                System.in,
                new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("hetegen.terminal.in"),
                Boolean.getBoolean("hetegen.terminal.err"));
    }

    /** Standard input to its end, nothing trimmed. */
    String readText(String what) throws IOException {
        if (inputIsTerminal) {
            err.println("Reading " + what + " from the terminal; end it with Ctrl-D.");
        }
        byte[] bytes = in.readAllBytes();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CommandFailure("standard input is not UTF-8 text: " + bytes.length + " bytes were read", e);
        }
    }
}
