package io.hetegen.engine.device.cuda;

import java.util.Optional;

/**
 * What was found where a GPU was looked for.
 *
 * @param device the GPU, empty if there is none that can be used
 * @param text one line: the GPU, or "not available because ..."
 */
public record DeviceProbe(Optional<DeviceProperties> device, String text) {

    static DeviceProbe available(DeviceProperties device) {
        return new DeviceProbe(Optional.of(device), device.toString());
    }

    static DeviceProbe unavailable(String reason) {
        return new DeviceProbe(Optional.empty(), "not available because " + reason);
    }
}
