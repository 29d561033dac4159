package io.mailrouter.sendgrid;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.mailrouter.testkit.AcceptedEmail;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the JSON that a server received into its leaves, such as {@code personalizations[0].to[0].email}. */
final class JsonPaths {

    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, String> leaves = new LinkedHashMap<>();

    private JsonPaths() {}

    static Map<String, String> of(AcceptedEmail email) {
        byte[] bytes = new byte[email.requestBody().remaining()];
        email.requestBody().get(bytes);
        JsonPaths paths = new JsonPaths();
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            paths.value(json, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return paths.leaves;
    }

    private void value(JsonParser json, String path) throws IOException {
        if (json.currentToken() == JsonToken.START_OBJECT) {
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                value(json, path.isEmpty() ? name : path + "." + name);
            }
        } else if (json.currentToken() == JsonToken.START_ARRAY) {
            for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
                value(json, path + "[" + i + "]");
            }
        } else if (leaves.put(path, json.getText()) != null) {
            throw new IllegalStateException(path + " stands twice");
        }
    }
}
