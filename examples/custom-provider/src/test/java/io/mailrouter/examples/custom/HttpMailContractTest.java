package io.mailrouter.examples.custom;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.AcceptedEmailBuilder;
import io.mailrouter.testkit.EmailProviderContract;
import io.mailrouter.testkit.Fault;
import io.mailrouter.testkit.LogLines;
import io.mailrouter.testkit.LogbackLines;
import io.mailrouter.testkit.LoopbackHttp;
import io.mailrouter.testkit.LoopbackTls;
import io.mailrouter.testkit.Reply;
import io.mailrouter.testkit.ServiceStandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

class HttpMailContractTest extends EmailProviderContract {

    @Override
    protected EmailProvider provider(URI service, String credential) {
        return new HttpMailProvider("http-mail", service, Secret.of(credential), client().build());
    }

    @Override
    protected Optional<EmailProvider> provider(LoopbackTls service, String credential) {
        HttpClient trusting = client().sslContext(service.trust()).build();
        return Optional.of(new HttpMailProvider("http-mail", service.url(), Secret.of(credential), trusting));
    }

    private static HttpClient.Builder client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
    }

    @Override
    protected ServiceStandIn service() {
        return standIn();
    }

    static LoopbackHttp standIn() {
        return LoopbackHttp.at("/messages", HttpMailContractTest::read)
                .accepted(email -> Reply.of(202, Map.of("X-Id", email.messageId()), ""))
                .error(Fault.INTERNAL_ERROR, Reply.of(503, Map.of("X-Error", "maintenance"), ""))
                .error(Fault.SUSPENDED, Reply.of(403, Map.of("X-Error", "suspended"), ""))
                .start();
    }

    private static AcceptedEmail read(byte[] body) {
        try {
            JsonNode json = new JsonMapper().readTree(body);
            JsonNode sender = json.path("email").path("sender");
            JsonNode recipients = json.path("email").path("recipients");
            JsonNode content = json.path("email").path("content");
            AcceptedEmailBuilder email = AcceptedEmail.of(body).reference(text(json, "reference"));
            sender.path("from").forEach(a -> email.from(text(a, "name"), text(a, "address")));
            sender.path("replyTo").forEach(a -> email.replyTo(text(a, "name"), text(a, "address")));
            recipients.path("to").forEach(a -> email.to(text(a, "name"), text(a, "address")));
            recipients.path("cc").forEach(a -> email.cc(text(a, "name"), text(a, "address")));
            recipients.path("bcc").forEach(a -> email.bcc(text(a, "name"), text(a, "address")));
            return email.subject(text(content, "subject"))
                    .text(text(content, "text"))
                    .html(text(content, "html"))
                    .build();
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    private static String text(JsonNode json, String field) {
        return json.path(field).asText();
    }

    @Override
    protected Optional<LogLines> logs() {
        return Optional.of(LogbackLines.of("io.mailrouter"));
    }
}
