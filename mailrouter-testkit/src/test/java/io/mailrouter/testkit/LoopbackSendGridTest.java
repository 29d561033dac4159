package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Tracking;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackSendGridTest {

    static final String EMAIL = """
            {"from":{"email":"shop@example.com","name":"Shop č"},"subject":"Grüße 😀",
             "personalizations":[{"to":[{"email":"ada@example.org","name":"Ada"}],"cc":[{"email":"bob@example.org"}],
                                  "bcc":[{"email":"eve@example.org"}]}],
             "reply_to":{"email":"help@example.com"},
             "content":[{"type":"text/plain","value":"t"},{"type":"text/html","value":"<p>h</p>"}],
             "headers":{"X-Order":"42"},"categories":["order"],"custom_args":{"orderId":"42","mr_id":"r-1"},
             "send_at":1790000000,
             "tracking_settings":{"click_tracking":{"enable":false},"open_tracking":{"enable":true}},
             "attachments":[{"content":"AQID","filename":"a.bin","type":"application/octet-stream",
                             "disposition":"attachment"}]}
            """;

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        sendGrid.close();
    }

    @Test
    void keepsAllThatItAccepts() throws Exception {
        HttpResponse<String> answer = post(EMAIL);

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body()).isEmpty();
        assertThat(sendGrid.accepted()).singleElement().satisfies(email -> {
            assertThat(answer.headers().firstValue("X-Message-Id")).hasValue(email.messageId());
            assertThat(email.from()).isEqualTo(new Mailbox("Shop č", "shop@example.com"));
            assertThat(email.to()).containsExactly(new Mailbox("Ada", "ada@example.org"));
            assertThat(email.cc()).containsExactly(new Mailbox("", "bob@example.org"));
            assertThat(email.bcc()).containsExactly(new Mailbox("", "eve@example.org"));
            assertThat(email.replyTo()).containsExactly(new Mailbox("", "help@example.com"));
            assertThat(email.subject()).isEqualTo("Grüße 😀");
            assertThat(email.text()).isEqualTo("t");
            assertThat(email.html()).isEqualTo("<p>h</p>");
            assertThat(email.headers()).isEqualTo(Map.of("X-Order", "42"));
            assertThat(email.tags()).containsExactly("order");
            assertThat(email.metadata()).isEqualTo(Map.of("orderId", "42"));
            assertThat(email.reference()).isEqualTo("r-1");
            assertThat(email.sendAt()).contains(Instant.ofEpochSecond(1790000000));
            assertThat(email.tracking()).contains(new Tracking(true, false));
            assertThat(email.attachments()).singleElement().satisfies(file -> {
                assertThat(file.name()).isEqualTo("a.bin");
                assertThat(file.isInline()).isFalse();
                assertThat(file.bytes()).containsExactly(1, 2, 3);
            });
            assertThat(email.requestBody()).isEqualTo(ByteBuffer.wrap(EMAIL.getBytes(StandardCharsets.UTF_8)));
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bob@example.org -> ADA@example.org",
                "\"name\":\"Ada\" -> \"name\":\"Lovelace, Ada\"",
                "\"subject\":\"Grüße 😀\", -> ",
                "{\"type\":\"text/plain\",\"value\":\"t\"},{\"type\":\"text/html\",\"value\":\"<p>h</p>\"}"
                        + " -> {\"type\":\"text/html\",\"value\":\"h\"},{\"type\":\"text/plain\",\"value\":\"t\"}",
                "\"text/html\" -> \"text/calendar\"",
                "[\"order\"] -> [\"order\",\"order\"]",
                "\"42\",\"mr_id\" -> 42,\"mr_id\"",
                "\"AQID\" -> \"?\"",
                "1790000000 -> 1.5",
                "\"reply_to\" -> \"reply_to_list\":[],\"reply_to\"",
                "\"to\":[{\"email\":\"ada@example.org\",\"name\":\"Ada\"}], -> ",
            })
    void refusesWhatSendGridWouldRefuse(String change) throws Exception {
        String[] fromTo = change.split(" -> ", -1);
        assertThat(EMAIL).contains(fromTo[0]);
        HttpResponse<String> answer = post(EMAIL.replace(fromTo[0], fromTo[1]));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(sendGrid.accepted()).isEmpty();
    }

    @Test
    void answersNativelyToAMissingKey() throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(sendGrid.url().resolve("/v3/mail/send"))
                        .POST(HttpRequest.BodyPublishers.ofString(EMAIL))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).startsWith("{\"errors\":[{\"message\":\"");
        assertThat(sendGrid.accepted()).isEmpty();
    }

    @Test
    void saysWhenTheRateLimitEnds() throws Exception {
        sendGrid.next(LoopbackSendGrid.throttled(Duration.ofSeconds(30)));
        HttpResponse<String> answer = post(EMAIL);

        assertThat(answer.statusCode()).isEqualTo(429);
        Instant date = ZonedDateTime.parse(
                        answer.headers().firstValue("Date").orElseThrow(), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant();
        long reset = answer.headers().firstValueAsLong("X-RateLimit-Reset").orElseThrow();
        assertThat(reset - date.getEpochSecond()).isBetween(29L, 31L);
    }

    private HttpResponse<String> post(String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(sendGrid.url().resolve("/v3/mail/send"))
                .header("Authorization", "Bearer SG.test")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
