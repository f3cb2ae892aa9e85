package io.hetegen.engine.format;

import io.hetegen.engine.ModelException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/** An open model file whose header was read and checked; tensors are read on demand, from any thread. */
public interface ModelFile extends AutoCloseable {

    Path path();

    ModelMetadata metadata();

    /** By name, in the order of the file. */
    Map<String, TensorInfo> tensors();

    /** @throws ModelException if there is no tensor of that name */
    default TensorInfo tensor(String name) {
        TensorInfo tensor = tensors().get(name);
        if (tensor == null) {
            throw new ModelException(path() + ": tensor " + Quoted.of(name) + " is missing");
        }
        return tensor;
    }

    /**
     * Fills the rest of {@code target} with the bytes of {@code tensor} from {@code offset} on.
     *
     * @throws ModelException naming tensor and offset if the file ends early or cannot be read
     */
    void read(TensorInfo tensor, long offset, ByteBuffer target);

    @Override
    void close();
}
