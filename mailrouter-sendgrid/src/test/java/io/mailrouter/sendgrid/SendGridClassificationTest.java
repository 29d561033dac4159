package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each row of what SendGrid's answers and failures mean, through the real client and over a socket. */
@Timeout(60)
class SendGridClassificationTest {

    private static final Map<String, String> HTML = Map.of("Content-Type", "text/html");
    private static final String PAGE = "<html><body>Request Entity Too Large</body></html>";
    private static final String ITS_DATE = "Sun, 22 Nov 2026 11:00:00 GMT";
    private static final long ITS_SECOND = Instant.parse("2026-11-22T11:00:00Z").getEpochSecond();

    static Stream<Arguments> answers() {
        return Stream.of(
                arguments("202 with X-Message-Id", answer(202, Map.of("X-Message-Id", "m-1"), ""), "accepted", "m-1"),
                arguments("P13 202 without X-Message-Id", answer(202, Map.of(), ""), "accepted", ""),
                arguments("P13 202 with a page", answer(202, HTML, PAGE), "accepted", ""),
                arguments("200 of the sandbox", answer(200, Map.of(), ""), "accepted", ""),
                arguments("P15 400", error(400, "Does not contain a valid address."), "rejected", "http_400"),
                arguments("400 as HTML", answer(400, HTML, PAGE), "rejected", "http_400"),
                arguments(
                        "400 unknown template",
                        faults(400, "template_id", "template_id"),
                        "misconfigured REQUEST",
                        "http_400"),
                arguments("400 unknown pool", faults(400, "ip_pool_name"), "misconfigured REQUEST", "http_400"),
                arguments("400 unknown batch", faults(400, "batch_id"), "misconfigured REQUEST", "http_400"),
                arguments("400 unknown group", faults(400, "asm.group_id"), "misconfigured REQUEST", "http_400"),
                arguments("400 template and address", faults(400, "template_id", "from"), "rejected", "http_400"),
                arguments("406", error(406, "Not acceptable"), "rejected", "http_406"),
                arguments("413 as HTML", answer(413, HTML, PAGE), "rejected", "http_413"),
                arguments("413 as JSON", error(413, "too large"), "rejected", "http_413"),
                arguments("401 credits", error(401, "Maximum credits exceeded"), "quota_exhausted", "credits_exceeded"),
                arguments("P14 401", error(401, "invalid, expired, or revoked"), "misconfigured ACCOUNT", "http_401"),
                arguments("401 as HTML", answer(401, HTML, PAGE), "misconfigured ACCOUNT", "http_401"),
                arguments(
                        "401 that asks for a password",
                        answer(401, Map.of("WWW-Authenticate", "Basic realm=\"x\""), ""),
                        "misconfigured ACCOUNT",
                        "http_401"),
                arguments(
                        "P14 403 sender identity",
                        error(403, "The from address does not match a verified Sender Identity. Mail cannot be sent"),
                        "misconfigured SENDER",
                        "http_403"),
                arguments("P14 403 scopes", error(403, "access forbidden"), "misconfigured ACCOUNT", "http_403"),
                arguments(
                        "403 too many bad requests",
                        error(403, "too many bad requests, temporary block"),
                        "misconfigured ACCOUNT",
                        "http_403"),
                arguments(
                        "P16 403 account suspended",
                        error(403, "Your account has been suspended"),
                        "misconfigured ACCOUNT",
                        "http_403"),
                arguments("404", error(404, "Not Found"), "misconfigured ACCOUNT", "http_404"),
                arguments("405", error(405, "Method not allowed"), "misconfigured ACCOUNT", "http_405"),
                arguments("407", answer(407, Map.of(), ""), "misconfigured ACCOUNT", "http_407"),
                arguments("451", error(451, "region"), "misconfigured ACCOUNT", "http_451"),
                arguments("P18 307", answer(307, Map.of("Location", "/v3"), ""), "misconfigured ACCOUNT", "http_307"),
                arguments("408", answer(408, HTML, PAGE), "unknown", "http_408"),
                arguments("P9 429 without a hint", error(429, "too many requests"), "throttled none", "http_429"),
                arguments("P9 429 as HTML", answer(429, HTML, PAGE), "throttled none", "http_429"),
                arguments("P8 429 with a hint", throttled("" + (ITS_SECOND + 42)), "throttled PT42S", "http_429"),
                arguments("P10 429 hint of -1", throttled("-1"), "throttled none", "http_429"),
                arguments("P10 429 hint in the past", throttled("" + ITS_SECOND), "throttled none", "http_429"),
                arguments("P10 429 hint of junk", throttled("soon"), "throttled none", "http_429"),
                arguments("P10 429 hint beyond numbers", throttled("9".repeat(30)), "throttled none", "http_429"),
                arguments(
                        "P10 429 hint of ten years, which the router caps",
                        throttled("" + (ITS_SECOND + 315_360_000)),
                        "throttled PT87600H",
                        "http_429"),
                arguments("P11 500 in the service's words", error(500, "internal"), "unknown", "http_500"),
                arguments("P11 503 in the service's words", error(503, "unavailable"), "unknown", "http_503"),
                arguments("P12 500 without a body", answer(500, Map.of(), ""), "unknown", "http_500"),
                arguments("P12 502 of a gateway", answer(502, HTML, PAGE), "unknown", "http_502"),
                arguments("P12 504 of a gateway", answer(504, HTML, PAGE), "unknown", "http_504"),
                arguments("599", answer(599, Map.of(), ""), "unknown", "http_599"));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("answers")
    @DisplayName("what an answer means, after one request")
    void readsEveryAnswer(String row, Behaviour behaviour, String meaning, String codeOrId) {
        try (LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
                SendGridProvider provider =
                        SendGridProviderTest.builder(sendGrid.url()).build()) {
            sendGrid.behave(behaviour);

            Outcome outcome = send(provider, "text");

            assertThat(meaning(outcome)).isEqualTo(meaning);
            assertThat(outcome instanceof Accepted accepted ? accepted.messageId() : outcome.code())
                    .isEqualTo(codeOrId);
            assertThat(sendGrid.requests()).isEqualTo(1);
        }
    }

    static Stream<Arguments> endings() {
        String accepted = "HTTP/1.1 202 Accepted\r\nX-Message-Id: m-1\r\nContent-Length: ";
        return Stream.of(
                arguments("P4 reset after the body", act(SocketServer::reset), "unknown", "reset_after_write"),
                arguments("closed without an answer", act(socket -> {}), "unknown", "no_answer_after_write"),
                arguments("P3 no answer", act(socket -> socket.getInputStream().read()), "unknown", "read_timeout"),
                arguments("half a status line", say("HTTP/1.1 2"), "unknown", "after_write"),
                arguments("P4 half the headers", say("HTTP/1.1 202 OK\r\nX-Mess"), "unknown", "after_write"),
                arguments("no HTTP at all", say("220 smtp.example.com ESMTP\r\n"), "unknown", "after_write"),
                arguments("202 with a length that is none", say(accepted + "x\r\n\r\n"), "accepted", "accepted"),
                arguments("202, then a body that breaks off", say(accepted + "9\r\n\r\n{"), "accepted", "accepted"),
                arguments("400, then a body that breaks off", say(short400()), "rejected", "http_400"));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("endings")
    @DisplayName("what the end of a connection means once the body was written, after one request")
    void readsEveryEnding(String row, SocketServer.Act ending, String word, String code) throws IOException {
        try (SocketServer server = SocketServer.start(ending);
                SendGridProvider provider = SendGridProviderTest.builder(server.url())
                        .responseTimeout(Duration.ofSeconds(2))
                        .build()) {
            Outcome outcome = send(provider, "text");

            assertThat(outcome.word()).isEqualTo(word);
            assertThat(outcome.code()).contains(code);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("beginnings")
    @DisplayName("P4 an end before the body begins: not sent")
    void isSurelyNotSentBeforeTheBodyBegins(String row, SocketServer.Act ending) throws IOException {
        try (SocketServer server = SocketServer.start(ending);
                SendGridProvider provider = SendGridProviderTest.builder(server.secureUrl("127.0.0.1"))
                        .connectTimeout(Duration.ofMillis(500))
                        .build()) {
            assertThat(send(provider, "text"))
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            outcome -> assertThat(outcome.reason()).isEqualTo("nothing was written"));
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    static Stream<Arguments> beginnings() {
        SocketServer.Act inTheHandshake = socket -> {
            socket.getInputStream().read();
            SocketServer.reset(socket);
        };
        SocketServer.Act silent = socket -> socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        SocketServer.Act plain = socket -> SocketServer.write(socket, "HTTP/1.1 400 Bad\r\n\r\n");
        return Stream.of(
                arguments("P4 reset in the handshake", inTheHandshake),
                arguments("P5 closed in the handshake", atOnce(socket -> {})),
                arguments("P5 silent in the handshake", silent),
                arguments("P5 no TLS", plain));
    }

    @ParameterizedTest(name = "reset after {0} bytes of the request")
    @ValueSource(ints = {1, 100, 100_000, 900_000})
    @DisplayName("P4 reset inside the body: unknown, for nobody can tell what had arrived")
    void isUnknownOnceTheBodyBegan(int bytes) throws IOException {
        SocketServer.Act reset = socket -> {
            socket.getInputStream().readNBytes(bytes);
            SocketServer.reset(socket);
        };
        try (SocketServer server = SocketServer.start(reset);
                SendGridProvider provider =
                        SendGridProviderTest.builder(server.url()).build()) {
            assertThat(send(provider, "x".repeat(1 << 20))).isInstanceOf(Unknown.class);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    private static Outcome send(SendGridProvider provider, String text) {
        Email email = Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text(text)
                .build();
        return provider.send(email, Attempt.Context.within(Duration.ofSeconds(20)));
    }

    private static String meaning(Outcome outcome) {
        if (outcome instanceof Misconfigured wrong) {
            return outcome.word() + " " + wrong.scope();
        }
        if (outcome instanceof Throttled throttled) {
            return outcome.word() + " "
                    + throttled.retryAfter().map(Duration::toString).orElse("none");
        }
        return outcome.word();
    }

    private static Behaviour answer(int status, Map<String, String> headers, String body) {
        return Behaviour.answer(status, headers, body);
    }

    private static Behaviour error(int status, String message) {
        return LoopbackSendGrid.error(status, message);
    }

    private static Behaviour faults(int status, String... fields) {
        String faults = Stream.of(fields)
                .map(field -> "{\"message\":\"wrong\",\"field\":\"" + field + "\",\"help\":{\"a\":[1]}}")
                .collect(Collectors.joining(","));
        return answer(status, Map.of(), "{\"id\":[7],\"errors\":[" + faults + "]}");
    }

    /** An hour behind our clock or years ahead of it, whatever ours says: only the answer's own date counts. */
    private static Behaviour throttled(String reset) {
        return answer(
                429, Map.of("X-RateLimit-Reset", reset, "Date", ITS_DATE), "{\"errors\":[{\"message\":\"slow\"}]}");
    }

    private static SocketServer.Act act(SocketServer.Act afterTheRequest) {
        return socket -> {
            SocketServer.readRequest(socket);
            afterTheRequest.on(socket);
        };
    }

    private static SocketServer.Act atOnce(SocketServer.Act act) {
        return act;
    }

    private static SocketServer.Act say(String text) {
        return act(socket -> SocketServer.write(socket, text));
    }

    private static String short400() {
        return "HTTP/1.1 400 Bad\r\nContent-Length: 900\r\n\r\n{\"errors\":[{\"message\":\"bad\",\"field\":\"to\"},{";
    }
}
