package io.hetegen.engine.chat;

import java.util.HashMap;
import java.util.Map;

/** The object of {@code namespace()}: variables that a loop's body can change for the outside. */
record Namespace(Map<String, Object> values) {

    Namespace {
        values = new HashMap<>(values);
    }
}
