package io.hetegen.jobs.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A support ticket of the demo.
 *
 * @param customer the record key: answers to one customer keep their order
 * @param expected the labels that are right, by field
 */
record Ticket(String id, String customer, String text, JsonNode expected) {

    /** The model's longest answers are far shorter; this is what its makers recommend. */
    static final int MAX_TOKENS = 96;

    private static final String RESOURCE = "/demo/tickets.jsonl";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The first {@code count} bundled tickets; above their number they repeat, with ids of their own. */
    static List<Ticket> read(int count) throws IOException {
        List<Ticket> bundled = bundled();
        List<Ticket> tickets = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Ticket ticket = bundled.get(i % bundled.size());
            int round = i / bundled.size() + 1;
            tickets.add(round == 1 ? ticket : ticket.withId(ticket.id + "-" + round));
        }
        return tickets;
    }

    private static List<Ticket> bundled() throws IOException {
        List<Ticket> tickets = new ArrayList<>();
        try (InputStream resource =
                        Objects.requireNonNull(Ticket.class.getResourceAsStream(RESOURCE), "no resource " + RESOURCE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode json = MAPPER.readTree(line);
                tickets.add(new Ticket(
                        json.get("id").textValue(),
                        json.get("customer").textValue(),
                        json.get("text").textValue(),
                        json.get("expected")));
            }
        }
        return tickets;
    }

    private Ticket withId(String id) {
        return new Ticket(id, customer, text, expected);
    }

    /** The ticket as a prompt record in JSON: the one user message of a conversation, answered greedily. */
    byte[] promptRecord() throws IOException {
        ObjectNode prompt = MAPPER.createObjectNode().put("id", id);
        prompt.putArray("messages").addObject().put("role", "user").put("content", text);
        prompt.putObject("generation").put("maxTokens", MAX_TOKENS).put("temperature", 0);
        return MAPPER.writeValueAsBytes(prompt);
    }
}
