package io.hetegen.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuotedTest {

    @Test
    void keepsReadableNamesAndMessagesOnOneLine() {
        assertThat(Quoted.of("blk.0.attn_q.weight")).isEqualTo("'blk.0.attn_q.weight'");
        assertThat(Quoted.of("\u540d\u524d \uD83D\uDE00")).isEqualTo("'\u540d\u524d \uD83D\uDE00'");
        assertThat(Quoted.of("a\nb\u001b[31m\u2028\u202e")).isEqualTo("'a?b?[31m??'");
        assertThat(Quoted.of("\uD800")).isEqualTo("'?'");
        assertThat(Quoted.of("")).isEqualTo("''");
    }

    @Test
    void cutsLongNamesBetweenCharacters() {
        assertThat(Quoted.of("x".repeat(80))).isEqualTo("'" + "x".repeat(80) + "'");
        assertThat(Quoted.of("\uD83D\uDE00".repeat(65_535))).isEqualTo("'" + "\uD83D\uDE00".repeat(80) + "...'");
    }
}
