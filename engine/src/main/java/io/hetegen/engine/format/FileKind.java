package io.hetegen.engine.format;

import java.nio.charset.StandardCharsets;

/** Says what a file is that is no GGUF file, from its first bytes, so that the error names the mistake. */
final class FileKind {

    static final int SNIFFED_BYTES = 64;

    private FileKind() {}

    /** @param start the first bytes of the file, at most {@link #SNIFFED_BYTES}, at least one */
    static String describe(byte[] start) {
        String text = new String(start, StandardCharsets.ISO_8859_1);
        if (text.startsWith("FUGG")) {
            return "it starts with 'FUGG', the magic in swapped byte order: big-endian files are not read";
        }
        if (text.startsWith("tjgg") || text.startsWith("fmgg") || text.startsWith("lmgg") || text.startsWith("algg")) {
            return "it is in a GGML format older than GGUF: convert the model again with a current llama.cpp";
        }
        if (text.startsWith("\u001f\u008b")) {
            return "it is gzip-compressed: unpack it first";
        }
        if (text.startsWith("\u0028\u00b5\u002f\u00fd")) {
            return "it is zstd-compressed: unpack it first";
        }
        if (text.startsWith("PK")) {
            return "it is a zip archive or a PyTorch checkpoint: convert the model to GGUF";
        }
        if (text.startsWith("version https://git-lfs")) {
            return "it is a Git LFS pointer: fetch the file itself with 'git lfs pull'";
        }
        if (text.startsWith("{\"", 8)) {
            return "it is a safetensors file: convert the model to GGUF";
        }
        if (start.length < 4) {
            return "it has only " + start.length + (start.length == 1 ? " byte" : " bytes");
        }
        if (text.chars().allMatch(c -> c >= ' ' && c <= '~' || c == '\n' || c == '\r' || c == '\t')) {
            return "it is a text file that starts with " + Quoted.of(text.substring(0, Math.min(20, text.length())));
        }
        return String.format("it starts with the bytes %02x %02x %02x %02x", start[0], start[1], start[2], start[3]);
    }
}
