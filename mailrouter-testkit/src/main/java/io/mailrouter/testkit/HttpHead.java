package io.mailrouter.testkit;

import java.util.Map;

/** The first lines of an HTTP request; header names in lower case. */
record HttpHead(String method, String target, boolean http11, Map<String, String> headers) {

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    boolean keepsAlive() {
        String connection = header("connection");
        return http11 ? !"close".equalsIgnoreCase(connection) : "keep-alive".equalsIgnoreCase(connection);
    }

    boolean expectsContinue() {
        return "100-continue".equalsIgnoreCase(header("expect"));
    }

    boolean isChunked() {
        return "chunked".equalsIgnoreCase(header("transfer-encoding"));
    }
}
