package io.mailrouter.sendgrid;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the service says against an email in its own words: the list {@code errors} of a JSON answer.
 *
 * <p>Empty for anything else, such as the HTML of a gateway in between, which speaks for itself and not for the
 * service. An answer that breaks off counts as far as it was read.
 */
record Refusal(List<Fault> faults) {

    private static final JsonFactory JSON = new JsonFactory();

    /** One fault: what is wrong, and the part of the request that it is about, empty for none. */
    record Fault(String message, String field) {}

    Refusal {
        faults = List.copyOf(faults);
    }

    static Refusal read(String body) {
        List<Fault> faults = new ArrayList<>();
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                readObject(json, faults);
            }
        } catch (IOException e) {
            // Not JSON, or no more of it: what was read until here stands.
        }
        return new Refusal(faults);
    }

    private static void readObject(JsonParser json, List<Fault> faults) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean errors = "errors".equals(json.currentName());
            if (json.nextToken() == JsonToken.START_ARRAY && errors) {
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    readFault(json, faults);
                }
            } else {
                json.skipChildren();
            }
        }
    }

    private static void readFault(JsonParser json, List<Fault> faults) throws IOException {
        String message = "";
        String field = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            boolean text = json.nextToken() == JsonToken.VALUE_STRING;
            if (text && "message".equals(name)) {
                message = json.getText();
            } else if (text && "field".equals(name)) {
                field = json.getText();
            } else {
                json.skipChildren();
            }
        }
        if (!message.isEmpty()) {
            faults.add(new Fault(message, field));
        }
    }

    boolean isEmpty() {
        return faults.isEmpty();
    }

    /** Returns all messages, parted by semicolons. */
    String words() {
        return faults.stream().map(Fault::message).collect(Collectors.joining("; "));
    }
}
