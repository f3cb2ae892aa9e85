package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "6GB, 6000000000",
        "0.9GB, 900000000",
        "512MiB, 536870912",
        "512 mib, 536870912",
        "4096, 4096",
        "4096b, 4096",
        "1.5KiB, 1536",
        "0, 0",
        "8388607TiB, 9223370937343148032"
    })
    void readsSizes(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "GB", "-1GB", "6 G B", "1e9", "6XB", "0x10", "1,5GB", "8388608TiB", "99999999999999999TB"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(CommandFailure.class);
    }
}
