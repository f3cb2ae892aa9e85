package io.hetegen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.chat.ChatMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class SequenceSnapshotTest {

    private static final SequenceSnapshot SNAPSHOT = new SequenceSnapshot(
            "0123456789abcdef0123456789abcdef",
            1,
            Numerics.REPRODUCIBLE,
            new GenerationRequest(
                    new PromptInput.Ids(List.of(0, 7, 151_935)),
                    new SamplingParameters(0.7, 40, 0.95, 0.05, 1.1, 0.5, -0.25, Long.MIN_VALUE + 3),
                    64,
                    List.of("</s>", "\n\nUser:", "Stra\u00DFe \uD83D\uDE00"),
                    Optional.of("{\"type\":\"object\"}")),
            List.of(5, 6, 1));

    @Test
    void survivesItsBytes() {
        assertThat(SequenceSnapshot.fromBytes(SNAPSHOT.toBytes())).isEqualTo(SNAPSHOT);
        SequenceSnapshot fresh = new SequenceSnapshot(
                "", 2, Numerics.FAST, GenerationRequest.greedy(new PromptInput.Ids(List.of(1)), 1), List.of());
        assertThat(SequenceSnapshot.fromBytes(fresh.toBytes())).isEqualTo(fresh);
    }

    @Test
    void stillReadsAndWritesVersion1() throws IOException {
        byte[] golden = golden("snapshot-v1.hex");
        assertThat(SequenceSnapshot.fromBytes(golden)).isEqualTo(SNAPSHOT);
        assertThat(SNAPSHOT.toBytes()).isEqualTo(golden);
    }

    /** Only what is not reproducible needs it: everything else an older engine can take up. */
    @Test
    void readsAndWritesVersion2() throws IOException {
        SequenceSnapshot fast = new SequenceSnapshot(
                SNAPSHOT.fingerprint(), 1, Numerics.FAST, SNAPSHOT.request(), SNAPSHOT.generatedIds());
        byte[] golden = golden("snapshot-v2.hex");
        assertThat(SequenceSnapshot.fromBytes(golden)).isEqualTo(fast);
        assertThat(fast.toBytes()).isEqualTo(golden);
    }

    @Test
    void damageAtAnyByteIsFound() {
        byte[] bytes = SNAPSHOT.toBytes();
        for (int at = 0; at < bytes.length; at++) {
            for (int damage : new int[] {0x01, 0x80, 0xff}) {
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) damage;
                assertThatThrownBy(() -> SequenceSnapshot.fromBytes(damaged))
                        .isInstanceOf(SnapshotMismatchException.class);
            }
        }
    }

    @Test
    void everyOtherLengthIsRefused() {
        byte[] bytes = SNAPSHOT.toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> SequenceSnapshot.fromBytes(cut)).isInstanceOf(SnapshotMismatchException.class);
        }
        assertThatThrownBy(() -> SequenceSnapshot.fromBytes(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(SnapshotMismatchException.class);
    }

    /** Whoever damages a body may well compute the checksum anew: then the lengths and ranges must hold by themselves. */
    @Test
    void bodiesWithARightChecksumAreStillChecked() {
        byte[] bytes = SNAPSHOT.toBytes();
        int body = bytes.length - Integer.BYTES;
        for (int at = 8; at < body; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) 0xff;
            readsOrRefuses(sealed(damaged, body));
        }
        for (int length = 8; length < body; length++) {
            byte[] cut = sealed(Arrays.copyOf(bytes, length + Integer.BYTES), length);
            assertThatThrownBy(() -> SequenceSnapshot.fromBytes(cut)).isInstanceOf(SnapshotMismatchException.class);
        }
        byte[] longer = sealed(Arrays.copyOf(Arrays.copyOf(bytes, body), body + 1 + Integer.BYTES), body + 1);
        assertThatThrownBy(() -> SequenceSnapshot.fromBytes(longer))
                .isInstanceOf(SnapshotMismatchException.class)
                .hasMessageContaining("1 bytes too many");
    }

    @Test
    void anUnknownVersionIsNamed() {
        byte[] bytes = SNAPSHOT.toBytes();
        bytes[7] = 9;
        assertThatThrownBy(() -> SequenceSnapshot.fromBytes(sealed(bytes, bytes.length - Integer.BYTES)))
                .isInstanceOf(SnapshotMismatchException.class)
                .hasMessage("snapshot of version 9: this engine reads up to version 2");
    }

    @Test
    void holdsThePromptAsIdsOnly() {
        for (PromptInput prompt : List.of(
                new PromptInput.Text("x"),
                new PromptInput.Chat(List.of(new ChatMessage("user", "x")), Instant.EPOCH))) {
            GenerationRequest request = GenerationRequest.greedy(prompt, 1);
            assertThatThrownBy(() -> new SequenceSnapshot("", 1, Numerics.REPRODUCIBLE, request, List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void readsOrRefuses(byte[] bytes) {
        try {
            SequenceSnapshot read = SequenceSnapshot.fromBytes(bytes);
            assertThat(read).isNotEqualTo(SNAPSHOT);
        } catch (SnapshotMismatchException refused) {
            assertThat(refused).hasMessageStartingWith("snapshot");
        }
    }

    private static byte[] sealed(byte[] bytes, int body) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, body);
        ByteBuffer.wrap(bytes).putInt(body, (int) crc.getValue());
        return bytes;
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = SequenceSnapshotTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
        }
    }
}
