package io.mailrouter.benchmarks.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A service that the stand-in plays: the path of its one request, and what it says when it takes an email. */
enum Endpoint {
    SES("/v2/email/outbound-emails", "200 OK", "Content-Type: application/json", """
            {"MessageId":"0102018e5f3c1a2b-7d1c1a52-3c9e-4e0b-9a53-5f2ab0f6a1d2-000000"}"""),
    SENDGRID("/v3/mail/send", "202 Accepted", "X-Message-Id: 14c5d75ce93.dfd.64b469", "");

    private static final String FAULT = "{\"message\":\"down\"}";

    private final String path;
    private final String status;
    private final String header;
    private final String body;

    Endpoint(String path, String status, String header, String body) {
        this.path = path;
        this.status = status;
        this.header = header;
        this.body = body;
    }

    String path() {
        return path;
    }

    /** Returns the whole answer to an email that it takes, from its status line on. */
    ByteBuffer acceptance() {
        return answer(status, header, body);
    }

    /** Returns the whole answer of a service that is out of order, and says that it has not sent. */
    static ByteBuffer fault() {
        return answer("503 Service Unavailable", "x-amzn-ErrorType: ServiceUnavailable", FAULT);
    }

    static Endpoint named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static ByteBuffer answer(String status, String header, String body) {
        String text = String.join(
                "\r\n",
                "HTTP/1.1 " + status,
                "Date: Sun, 22 Nov 2026 12:00:00 GMT",
                header,
                "Content-Length: " + body.length(),
                "",
                body);
        return StandardCharsets.US_ASCII.encode(text).asReadOnlyBuffer();
    }
}
