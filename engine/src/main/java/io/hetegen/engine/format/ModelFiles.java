package io.hetegen.engine.format;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.gguf.GgufReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Opens a model file by what it holds, not by its name. */
public final class ModelFiles {

    private ModelFiles() {}

    /**
     * Reads and checks the header; the caller closes the file.
     *
     * @throws ModelException if the file cannot be read, is of another format, or is malformed
     */
    public static ModelFile open(Path path) {
        if (Files.isDirectory(path)) {
            throw new ModelException(path + " is a directory: a GGUF model file was expected");
        }
        if (Files.notExists(path)) {
            throw new ModelException(path + " does not exist: a GGUF model file was expected");
        }
        // A pipe would block for ever.
        if (!Files.isRegularFile(path)) {
            throw new ModelException(path + " is not a regular file: a GGUF model file was expected");
        }
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return read(path, channel);
            } catch (IOException | RuntimeException | Error e) {
                closeAfter(e, channel);
                throw e;
            }
        } catch (AccessDeniedException e) {
            throw new ModelException(path + " cannot be read: permission denied", e);
        } catch (IOException e) {
            throw new ModelException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static ModelFile read(Path path, FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(FileKind.SNIFFED_BYTES);
        while (start.hasRemaining() && channel.read(start, start.position()) > 0) {}
        start.flip();
        if (!start.hasRemaining()) {
            throw new ModelException(path + " is empty: a GGUF model file was expected");
        }
        if (!GgufReader.recognises(start)) {
            throw new ModelException(path + " is not a GGUF model file: "
                    + FileKind.describe(Arrays.copyOf(start.array(), start.limit())));
        }
        return GgufReader.read(path, channel);
    }

    private static void closeAfter(Throwable failure, FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
