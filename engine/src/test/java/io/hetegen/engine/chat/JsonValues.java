package io.hetegen.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as the values that a template computes with; all its strings count as content. */
final class JsonValues {

    private JsonValues() {}

    static Map<String, Object> variables(JsonNode object) {
        Map<String, Object> variables = new HashMap<>();
        object.fields().forEachRemaining(field -> variables.put(field.getKey(), of(field.getValue())));
        return variables;
    }

    static Object of(JsonNode node) {
        if (node.isObject()) {
            Map<Object, Object> map = new LinkedHashMap<>();
            node.fields().forEachRemaining(field -> map.put(Text.ofContent(field.getKey()), of(field.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(of(item)));
            return list;
        }
        if (node.isTextual()) {
            return Text.ofContent(node.textValue());
        }
        if (node.isNull()) {
            return Values.NONE;
        }
        return node.isBoolean()
                ? (Object) node.booleanValue()
                : node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
    }
}
