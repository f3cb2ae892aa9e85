package io.hetegen.engine.format.gguf;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;

/** An open GGUF file. Reads are positional, so threads do not disturb each other; interrupting one that reads closes the file. */
final class GgufFile implements ModelFile {

    private final Path path;
    private final FileChannel channel;
    private final GgufMetadata metadata;
    private final Map<String, TensorInfo> tensors;

    GgufFile(Path path, FileChannel channel, GgufMetadata metadata, Map<String, TensorInfo> tensors) {
        this.path = path;
        this.channel = channel;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public ModelMetadata metadata() {
        return metadata;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public void read(TensorInfo tensor, long offset, ByteBuffer target) {
        Objects.checkFromIndexSize(offset, target.remaining(), tensor.bytes());
        long position = tensor.offset() + offset;
        try {
            while (target.hasRemaining()) {
                int read = channel.read(target, position);
                if (read < 0) {
                    throw new ModelException(path + ": tensor " + Quoted.of(tensor.name()) + ": the file ends at byte "
                            + position + ", it became shorter after it was opened");
                }
                position += read;
            }
        } catch (IOException e) {
            throw new ModelException(
                    path + ": tensor " + Quoted.of(tensor.name()) + ": cannot be read at byte " + position + ": " + e,
                    e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new ModelException(path + ": cannot be closed: " + e.getMessage(), e);
        }
    }
}
