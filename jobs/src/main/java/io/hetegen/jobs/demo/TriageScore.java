package io.hetegen.jobs.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How many answers are valid JSON, and how many have each label right. */
final class TriageScore {

    static final List<String> LABELS = List.of("category", "priority", "sentiment", "product", "action");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Map<String, Integer> right = new LinkedHashMap<>();
    private int answers;
    private int validJson;

    TriageScore() {
        LABELS.forEach(label -> right.put(label, 0));
    }

    void add(Ticket ticket, String answer) {
        answers++;
        JsonNode labels;
        try {
            labels = MAPPER.readTree(answer);
        } catch (JsonProcessingException e) {
            return;
        }
        if (!labels.isObject()) {
            return;
        }
        validJson++;
        for (String label : LABELS) {
            if (ticket.expected().get(label).equals(labels.get(label))) {
                right.merge(label, 1, Integer::sum);
            }
        }
    }

    /** Share of the answers that are a JSON object; 0 without answers. */
    double validJson() {
        return share(validJson);
    }

    /** Share of the answers with this label right, by label. */
    Map<String, Double> accuracy() {
        Map<String, Double> accuracy = new LinkedHashMap<>();
        right.forEach((label, count) -> accuracy.put(label, share(count)));
        return accuracy;
    }

    private double share(int count) {
        return answers == 0 ? 0 : (double) count / answers;
    }
}
