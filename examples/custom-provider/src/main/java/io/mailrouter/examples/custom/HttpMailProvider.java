package io.mailrouter.examples.custom;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Secret;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;

/** Sends through a made-up API: {@code POST /messages} with JSON; its answers are all in the head. */
public record HttpMailProvider(String name, URI endpoint, Secret token, HttpClient http) implements EmailProvider {

    private static final Outcome UNSENT = new Outcome.Unavailable("no_connection", "nothing was sent");
    private static final Outcome UNKNOWN = new Outcome.Unknown("no_answer", "the request may have been read");
    private static final Set<Class<?>> BEFORE_WRITING =
            Set.of(ConnectException.class, HttpConnectTimeoutException.class, SSLHandshakeException.class);

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder()
                .features(Feature.SEVERAL_REPLY_TO)
                .maxRecipients(100)
                .maxBytes(1 << 20)
                .honoursDeadline()
                .build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/messages"))
                .header("Authorization", "Bearer " + token.reveal())
                .POST(HttpRequest.BodyPublishers.ofString(json(email, context.reference())))
                .build();
        if (context.remaining().isZero()) {
            return UNSENT;
        }
        var call = http.sendAsync(request, HttpResponse.BodyHandlers.ofLines());
        try {
            var answer = call.get(context.remaining().toNanos(), TimeUnit.NANOSECONDS);
            answer.body().close(); // unread, for it could be endless
            return outcome(answer.statusCode(), answer.headers());
        } catch (ExecutionException e) {
            return BEFORE_WRITING.stream().anyMatch(type -> type.isInstance(e.getCause())) ? UNSENT : UNKNOWN;
        } catch (TimeoutException | InterruptedException e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            call.cancel(true);
            return UNKNOWN;
        }
    }

    private static Outcome outcome(int status, HttpHeaders head) {
        String error = head.firstValue("X-Error").orElse(""); // the service's own words
        var pause = head.firstValue("Retry-After").filter(seconds -> seconds.matches("\\d{1,5}"));
        return switch (status) {
            case 200, 202 -> new Outcome.Accepted(head.firstValue("X-Id").orElse(""));
            case 400 -> new Outcome.Rejected("http_400", error);
            case 401, 403 -> new Outcome.Misconfigured("http_" + status, error, Outcome.Scope.ACCOUNT);
            case 429 -> new Outcome.Throttled("http_429", error, pause.map(s -> Duration.parse("PT" + s + "S")));
            case 503 -> error.isEmpty() ? UNKNOWN : new Outcome.Unavailable("http_503", error); // or a gateway's
            default -> UNKNOWN;
        };
    }

    private static String json(Email email, String reference) {
        Map<String, ?> sender = Map.of("from", list(List.of(email.from())), "replyTo", list(email.replyTo()));
        Map<String, ?> recipients = Map.of("to", list(email.to()), "cc", list(email.cc()), "bcc", list(email.bcc()));
        Map<String, ?> content = Map.of("subject", email.subject(), "text", email.text(), "html", email.html());
        Map<String, ?> parts = Map.of("sender", sender, "recipients", recipients, "content", content);
        return new JsonMapper()
                .valueToTree(Map.of("reference", reference, "email", parts))
                .toString();
    }

    private static List<Map<String, String>> list(List<EmailAddress> all) {
        return all.stream()
                .map(a -> Map.of("name", a.name(), "address", a.address()))
                .toList();
    }
}
