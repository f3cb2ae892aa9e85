package io.hetegen.engine.device.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The generations that kernel texts are shipped for, newest first; the driver compiles a text for any later one too. */
enum PtxTarget {
    SM_80(new ComputeCapability(8, 0)),
    SM_75(new ComputeCapability(7, 5));

    private final ComputeCapability from;

    PtxTarget(ComputeCapability from) {
        this.from = from;
    }

    /** The oldest generation that has a text. */
    static ComputeCapability oldest() {
        return SM_75.from;
    }

    /** @throws IllegalArgumentException for a device that no text is for */
    static PtxTarget of(ComputeCapability capability) {
        for (PtxTarget target : values()) {
            if (capability.compareTo(target.from) >= 0) {
                return target;
            }
        }
        throw new IllegalArgumentException(capability + " is older than " + oldest());
    }

    /** Reads {@code NAME.sm_80.ptx} beside the class. */
    byte[] text(Class<?> beside, String name) {
        String file = name + "." + from + ".ptx";
        try (InputStream resource = beside.getResourceAsStream(file)) {
            if (resource == null) {
                throw new IllegalArgumentException(
                        "there is no " + file + " beside " + beside.getName() + " in this build");
            }
            return resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + " beside " + beside.getName(), e);
        }
    }
}
