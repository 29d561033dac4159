package io.mailrouter.sendgrid;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the service answered.
 *
 * @param status the HTTP status
 * @param headers by name in any case
 * @param body as far as it was read, empty where it could not be
 */
record Answer(int status, Map<String, String> headers, String body) {

    Answer {
        Map<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(headers);
        headers = Collections.unmodifiableMap(anyCase);
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }
}
