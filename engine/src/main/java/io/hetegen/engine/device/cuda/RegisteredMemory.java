package io.hetegen.engine.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcuda.driver.JCudaDriver;

/**
 * Memory of the process that was locked where it lies, from its start as far as the driver let us. It is locked in pieces
 * and unlocked when this is closed, which must be before the memory is freed.
 */
public final class RegisteredMemory extends CudaResource implements LockedMemory {

    /** Most bytes of a piece. */
    static final long PIECE_BYTES = 1L << 30;

    private static final long PAGE = 4096;

    private record Piece(long address, long bytes) {
        long end() {
            return address + bytes;
        }
    }

    private final long address;
    private final List<Piece> pieces;
    private final Optional<String> refusal;

    private RegisteredMemory(CudaDevice device, long address, List<Piece> pieces, Optional<String> refusal) {
        super(device);
        this.address = address;
        this.pieces = pieces;
        this.refusal = refusal;
    }

    static RegisteredMemory register(CudaDevice device, long address, long bytes, long pieceBytes) {
        if (address == 0 || bytes <= 0) {
            throw new IllegalArgumentException("no memory to lock: " + bytes + " bytes at " + address);
        }
        List<Piece> pieces = new ArrayList<>();
        for (long at = address; at < address + bytes; at = end(pieces, address)) {
            // Each piece but the first starts on a page: the driver locks whole pages, and none twice.
            Piece piece = new Piece(at, Math.min(pieceBytes - at % PAGE, address + bytes - at));
            int code = JCudaDriver.cuMemHostRegister(new HostPointer(at), piece.bytes(), 0);
            if (code != 0) {
                DeviceException failure = CudaResult.failure(
                        "cuMemHostRegister", code, at - address + " of " + bytes + " bytes are locked");
                if (failure.isFatal()) {
                    unregister(pieces);
                    throw failure;
                }
                return new RegisteredMemory(device, address, pieces, Optional.of(String.valueOf(failure.getMessage())));
            }
            pieces.add(piece);
        }
        return new RegisteredMemory(device, address, pieces, Optional.empty());
    }

    private static long end(List<Piece> pieces, long start) {
        return pieces.isEmpty() ? start : pieces.get(pieces.size() - 1).end();
    }

    /** Bytes from the start that are locked, 0 if none could be. */
    @Override
    public long bytes() {
        return end(pieces, address) - address;
    }

    /** Why less is locked than was asked for. */
    public Optional<String> refusal() {
        return refusal;
    }

    @Override
    public long address(long offset) {
        checkOffset(offset);
        return address + offset;
    }

    @Override
    public long contiguous(long offset) {
        checkOffset(offset);
        long at = address + offset;
        for (Piece piece : pieces) {
            if (at < piece.end()) {
                return piece.end() - at;
            }
        }
        throw new AssertionError("the pieces cover all that is locked");
    }

    private void checkOffset(long offset) {
        checkOpen();
        if (offset < 0 || offset >= bytes()) {
            throw new IndexOutOfBoundsException(offset + " is not inside the " + bytes() + " bytes that are locked");
        }
    }

    @Override
    void release() {
        unregister(pieces);
    }

    private static void unregister(List<Piece> pieces) {
        List<Runnable> steps = new ArrayList<>();
        for (Piece piece : pieces) {
            steps.add(() -> CudaResult.check(
                    "cuMemHostUnregister", JCudaDriver.cuMemHostUnregister(new HostPointer(piece.address()))));
        }
        CudaDevice.doAll(steps);
    }
}
