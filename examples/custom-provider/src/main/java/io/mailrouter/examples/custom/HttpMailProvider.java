package io.mailrouter.examples.custom;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Secret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Sends emails through a made-up API: {@code POST /messages} with JSON, which answers 202 with an id. */
public final class HttpMailProvider implements EmailProvider {

    private static final JsonMapper JSON = new JsonMapper();

    private final URI endpoint;
    private final Secret token;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build(); // follows no redirect by default

    /** Sends to an endpoint of the API, with a bearer token. */
    public HttpMailProvider(URI endpoint, Secret token) {
        this.endpoint = endpoint;
        this.token = token;
    }

    @Override
    public String name() {
        return "http-mail";
    }

    /** Plain emails only. Attachments, tags and all else make this provider not eligible, so nothing is lost. */
    @Override
    public Capabilities capabilities() {
        return Capabilities.builder().maxRecipients(100).maxBytes(1 << 20).build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/messages"))
                .timeout(context.remaining())
                .header("Authorization", "Bearer " + token.reveal())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json(email, context.reference())))
                .build();
        try {
            return outcome(http.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (ConnectException | HttpConnectTimeoutException e) {
            return new Outcome.Unavailable("no_connection", "nothing was sent"); // so another provider may try
        } catch (IOException e) {
            return new Outcome.Unknown("no_answer", "the request may have been read"); // so nobody may
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("interrupted", "the request may have been read");
        }
    }

    /** The service's own answer says what happened; one of a gateway on the way (502, 504) does not. */
    private static Outcome outcome(HttpResponse<String> answer) {
        return switch (answer.statusCode()) {
            case 200, 202 ->
                new Outcome.Accepted(answer.headers().firstValue("X-Id").orElse(""));
            case 400, 422 -> new Outcome.Rejected("http_" + answer.statusCode(), answer.body());
            case 401, 403 -> new Outcome.Misconfigured("http_" + answer.statusCode(), "", Outcome.Scope.ACCOUNT);
            case 429 -> new Outcome.Throttled("http_429", "", Optional.empty());
            case 503 -> new Outcome.Unavailable("http_503", answer.body());
            default -> new Outcome.Unknown("http_" + answer.statusCode(), "");
        };
    }

    private static String json(Email email, String reference) {
        ObjectNode json = JSON.createObjectNode().put("reference", reference);
        json.put("fromName", email.from().name()).put("from", email.from().address());
        add(json.putArray("to"), email.to());
        add(json.putArray("cc"), email.cc());
        add(json.putArray("bcc"), email.bcc());
        add(json.putArray("replyTo"), email.replyTo());
        json.put("subject", email.subject()).put("text", email.text());
        return json.put("html", email.html()).toString();
    }

    private static void add(ArrayNode array, List<EmailAddress> all) {
        all.forEach(a -> array.addObject().put("name", a.name()).put("address", a.address()));
    }
}
