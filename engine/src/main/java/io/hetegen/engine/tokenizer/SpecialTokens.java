package io.hetegen.engine.tokenizer;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Finds tokens that are written out in a text: leftmost first, of several at one place the longest. */
final class SpecialTokens {

    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>();
        private int id = -1;
    }

    private final Node root = new Node();

    void add(String text, int id) {
        Node node = root;
        for (int i = 0; i < text.length(); i++) {
            node = node.next.computeIfAbsent(text.charAt(i), c -> new Node());
        }
        node.id = id;
    }

    /** Hands the text over in order: what lies between special tokens, never empty, and the special tokens. */
    void split(String text, Consumer<String> between, IntConsumer special) {
        int start = 0;
        for (int at = 0; at < text.length(); ) {
            int length = 0;
            int id = -1;
            @Nullable Node node = root;
            for (int i = at; i < text.length(); i++) {
                node = node.next.get(text.charAt(i));
                if (node == null) {
                    break;
                }
                if (node.id >= 0) {
                    id = node.id;
                    length = i + 1 - at;
                }
            }
            if (id < 0) {
                at++;
                continue;
            }
            if (start < at) {
                between.accept(text.substring(start, at));
            }
            special.accept(id);
            at += length;
            start = at;
        }
        if (start < text.length()) {
            between.accept(text.substring(start));
        }
    }
}
