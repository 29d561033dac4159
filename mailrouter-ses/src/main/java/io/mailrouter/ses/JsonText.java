package io.mailrouter.ses;

import java.util.Map;
import java.util.StringJoiner;

/** Writes the one JSON object that SES wants as text: the values of a template. */
final class JsonText {

    private JsonText() {}

    static String object(Map<String, String> members) {
        StringJoiner json = new StringJoiner(",", "{", "}");
        members.forEach((name, value) -> json.add(string(name) + ":" + string(value)));
        return json.toString();
    }

    private static String string(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20) {
                json.append(String.format("\\u%04x", (int) c));
            } else if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
