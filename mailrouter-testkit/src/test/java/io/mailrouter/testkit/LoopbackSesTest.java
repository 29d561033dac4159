package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackSesTest {

    static final String PATH = "/v2/email/outbound-emails";
    static final String EMAIL = """
            {"FromEmailAddress":"=?UTF-8?Q?Shop_=C4=8D?= <shop@example.com>",
             "Destination":{"ToAddresses":["\\"Lovelace, Ada\\" <ada@example.org>"],
                            "CcAddresses":["bob@example.org"],"BccAddresses":["eve@example.org"]},
             "ReplyToAddresses":["help@example.com"],
             "FeedbackForwardingEmailAddress":"bounce@example.com",
             "ConfigurationSetName":"set",
             "EmailTags":[{"Name":"tag_order","Value":"1"},{"Name":"orderId","Value":"42"},{"Name":"mr_id","Value":"r-1"}],
             "Content":{"Simple":{"Subject":{"Data":"Grüße 😀","Charset":"UTF-8"},
               "Body":{"Text":{"Data":"t"},"Html":{"Data":"<p>h</p>"}},
               "Headers":[{"Name":"X-Order","Value":"42"}],
               "Attachments":[{"RawContent":"AQID","FileName":"a.bin","ContentType":"application/octet-stream",
                               "ContentDisposition":"INLINE","ContentId":"a1"}]}}}
            """;

    private final LoopbackSes ses = LoopbackSes.start();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        ses.close();
    }

    @Test
    void keepsAllThatItAccepts() throws Exception {
        HttpResponse<String> answer = post(PATH, EMAIL);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(ses.accepted()).singleElement().satisfies(email -> {
            assertThat(answer.body()).isEqualTo("{\"MessageId\":\"" + email.messageId() + "\"}");
            assertThat(email.from()).isEqualTo(new Mailbox("Shop č", "shop@example.com"));
            assertThat(email.envelopeFrom()).isEqualTo("bounce@example.com");
            assertThat(email.to()).containsExactly(new Mailbox("Lovelace, Ada", "ada@example.org"));
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
            assertThat(email.configurationSet()).isEqualTo("set");
            assertThat(email.attachments()).singleElement().satisfies(file -> {
                assertThat(file.name()).isEqualTo("a.bin");
                assertThat(file.type()).isEqualTo("application/octet-stream");
                assertThat(file.isInline()).isTrue();
                assertThat(file.contentId()).isEqualTo("a1");
                assertThat(file.bytes()).containsExactly(1, 2, 3);
            });
        });
    }

    @Test
    void keepsARawMessageByteForByte() throws Exception {
        post(PATH, """
                {"FromEmailAddress":"a@example.com","Destination":{"ToAddresses":["b@example.org"]},
                 "Content":{"Raw":{"Data":"QTogYg0KDQr/"}}}
                """);

        assertThat(ses.accepted().get(0).rawMime())
                .containsExactly('A', ':', ' ', 'b', '\r', '\n', '\r', '\n', (byte) 0xFF);
    }

    @Test
    void readsATemplateAndItsValues() throws Exception {
        post(PATH, """
                {"FromEmailAddress":"a@example.com","Destination":{"ToAddresses":["b@example.org"]},
                 "Content":{"Template":{"TemplateName":"welcome","TemplateData":"{\\"name\\":\\"Ada\\"}"}}}
                """);

        assertThat(ses.accepted().get(0).templateId()).isEqualTo("welcome");
        assertThat(ses.accepted().get(0).variables()).isEqualTo(Map.of("name", "Ada"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "{\"FromEmailAddress\":\"a@example.com\",\"Content\":{\"Simple\":{\"Subject\":{},\"Body\":{\"Text\":{}}}}}",
                "{\"FromEmailAddress\":7}",
                "{\"FromEmailAddress\":\"a@example.com\",\"Destination\":{\"ToAddresses\":[\"b@example.org\"]}}",
                "{\"FromEmailAddress\":\"a@example.com\",\"Destination\":{\"ToAddresses\":[\"b@example.org\"]},"
                        + "\"EmailTags\":[{\"Name\":\"a b\",\"Value\":\"1\"}],"
                        + "\"Content\":{\"Simple\":{\"Subject\":{},\"Body\":{\"Text\":{}}}}}",
            })
    void refusesAMalformedRequestInItsOwnWords(String body) throws Exception {
        HttpResponse<String> answer = post(PATH, body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("x-amzn-ErrorType")).hasValue("BadRequestException");
        assertThat(answer.body()).startsWith("{\"message\":\"");
        assertThat(ses.accepted()).isEmpty();
    }

    @Test
    void answersNativelyToAWrongPathMethodOrCredential() throws Exception {
        assertThat(post("/v2/email/other", EMAIL).statusCode()).isEqualTo(404);
        assertThat(http.send(HttpRequest.newBuilder(uri(PATH)).GET().build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> unsigned = http.send(
                HttpRequest.newBuilder(uri(PATH))
                        .POST(HttpRequest.BodyPublishers.ofString(EMAIL))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(unsigned.statusCode()).isEqualTo(403);
        assertThat(unsigned.headers().firstValue("x-amzn-ErrorType")).hasValue("MissingAuthenticationTokenException");
        assertThat(ses.accepted()).isEmpty();
    }

    @Test
    void answersItsOwnErrorsInTheirWireFormat() throws Exception {
        ses.next(
                LoopbackSes.throttled(),
                LoopbackSes.quotaExceeded(),
                LoopbackSes.error(400, "MessageRejected", "no \"such\"\nthing"));

        HttpResponse<String> throttled = post(PATH, EMAIL);
        assertThat(throttled.statusCode()).isEqualTo(429);
        assertThat(throttled.headers().firstValue("x-amzn-ErrorType")).hasValue("ThrottlingException");
        assertThat(throttled.body()).contains("Maximum sending rate exceeded");
        assertThat(post(PATH, EMAIL).body()).contains("Daily message quota exceeded");
        HttpResponse<String> rejected = post(PATH, EMAIL);
        assertThat(rejected.statusCode()).isEqualTo(400);
        assertThat(rejected.body()).isEqualTo("{\"message\":\"no \\u0022such\\u0022\\u000athing\"}");
        assertThat(post(PATH, EMAIL).statusCode()).isEqualTo(200);
        assertThat(ses.accepted()).hasSize(1);
        assertThat(ses.requests()).isEqualTo(4);
        assertThat(ses.answers(429)).isEqualTo(2);
        assertThat(ses.answers(200)).isEqualTo(1);
    }

    private URI uri(String path) {
        return ses.url().resolve(path);
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .header("Authorization", "AWS4-HMAC-SHA256 Credential=x")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
