package io.mailrouter.testkit;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Feature;
import io.mailrouter.email.Tracking;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** An honest provider for a made-up API that carries everything; what is wrong with others is built around it. */
class WebMailProvider implements EmailProvider {

    static final String PATH = "/mails";
    private static final String ACCOUNT = "/account";

    final URI service;
    final String credential;
    final HttpClient http;

    WebMailProvider(URI service, String credential, UnaryOperator<HttpClient.Builder> settings) {
        this.service = service;
        this.credential = credential;
        this.http = settings.apply(HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(5)))
                .build();
    }

    WebMailProvider(URI service, String credential, SSLContext trust) {
        this(service, credential, builder -> builder.sslContext(trust));
    }

    @Override
    public String name() {
        return "web-mail";
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder()
                .features(Feature.values())
                .maxRecipients(200)
                .maxBytes(2 << 20)
                .honoursDeadline()
                .build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        if (context.remaining().isZero()) {
            return new Outcome.Unavailable("no_time", "");
        }
        CompletableFuture<HttpResponse<InputStream>> call =
                http.sendAsync(request(email, context), HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<InputStream> answer = call.get(context.remaining().toNanos(), TimeUnit.NANOSECONDS);
            answer.body().close();
            return outcome(answer);
        } catch (TimeoutException late) {
            call.cancel(true);
            return new Outcome.Unknown("no_answer", "");
        } catch (InterruptedException stop) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("interrupted", "");
        } catch (ExecutionException | IOException failed) {
            Throwable cause = failed.getCause();
            boolean before = cause instanceof ConnectException
                    || cause instanceof HttpConnectTimeoutException
                    || cause instanceof SSLException;
            return before ? new Outcome.Unavailable("no_connection", "") : new Outcome.Unknown("cut", "");
        }
    }

    @Override
    public Optional<Probe> probe() {
        return Optional.of(this::ask);
    }

    Probe.Answer ask(Duration within) {
        HttpRequest question = HttpRequest.newBuilder(service.resolve(ACCOUNT))
                .header("Authorization", "Bearer " + credential)
                .build();
        CompletableFuture<HttpResponse<Void>> call = http.sendAsync(question, HttpResponse.BodyHandlers.discarding());
        try {
            int status = call.get(within.toNanos(), TimeUnit.NANOSECONDS).statusCode();
            return status == 200 ? new Probe.Working(Optional.empty()) : new Probe.Untold("http_" + status);
        } catch (TimeoutException | ExecutionException outage) {
            call.cancel(true);
            return new Probe.NotWorking(new Outcome.Unavailable("no_answer", ""));
        } catch (InterruptedException stop) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            return new Probe.Untold("interrupted");
        }
    }

    HttpRequest request(Email email, Attempt.Context context) {
        return HttpRequest.newBuilder(service.resolve(PATH))
                .header("Authorization", "Bearer " + credential)
                .POST(HttpRequest.BodyPublishers.ofString(json(fields(email, context.reference()))))
                .build();
    }

    Outcome outcome(HttpResponse<?> answer) {
        Optional<String> ownWord = answer.headers().firstValue("X-Error");
        return switch (answer.statusCode()) {
            case 200, 202 ->
                new Outcome.Accepted(answer.headers().firstValue("X-Message-Id").orElse(""));
            case 400 -> new Outcome.Rejected("http_400", "");
            case 401, 403 -> new Outcome.Misconfigured("denied", "", Outcome.Scope.ACCOUNT);
            case 402 -> new Outcome.QuotaExhausted("http_402", "");
            case 429 -> new Outcome.Throttled("http_429", "", retryAfter(answer));
            default ->
                ownWord.isPresent()
                        ? new Outcome.Unavailable("internal", "")
                        : new Outcome.Unknown("http_" + answer.statusCode(), "");
        };
    }

    private static Optional<Duration> retryAfter(HttpResponse<?> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .filter(seconds -> seconds.matches("[0-9]{1,4}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
    }

    /** Flat JSON: lists are one string, parted by a character that nothing else holds. */
    Map<String, String> fields(Email email, String reference) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("reference", reference);
        fields.put("from", mailboxes(List.of(email.from())));
        fields.put("envelope", email.envelopeFrom().map(EmailAddress::address).orElse(""));
        fields.put("replyTo", mailboxes(email.replyTo()));
        fields.put("to", mailboxes(email.to()));
        fields.put("cc", mailboxes(email.cc()));
        fields.put("bcc", mailboxes(email.bcc()));
        fields.put("subject", email.subject());
        fields.put("text", email.text());
        fields.put("html", email.html());
        fields.put("headers", pairs(email.headers()));
        fields.put("tags", String.join("\u0001", email.tags()));
        fields.put("metadata", pairs(email.metadata()));
        fields.put("template", email.template().map(t -> t.id()).orElse(""));
        fields.put("variables", email.template().map(t -> pairs(t.variables())).orElse(""));
        fields.put("sendAt", email.sendAt().map(Object::toString).orElse(""));
        fields.put(
                "tracking",
                email.tracking().map(t -> t.opens() + "," + t.clicks()).orElse(""));
        fields.put("raw", email.raw().map(raw -> base64(raw.content())).orElse(""));
        fields.put(
                "files", email.attachments().stream().map(WebMailProvider::file).collect(Collectors.joining("\u0001")));
        return fields;
    }

    private static String json(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> Quoted.json(field.getKey()) + ":" + Quoted.json(field.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String mailboxes(List<EmailAddress> all) {
        return all.stream().map(a -> a.name() + "\u0002" + a.address()).collect(Collectors.joining("\u0001"));
    }

    private static String pairs(Map<String, String> map) {
        return map.entrySet().stream()
                .map(e -> e.getKey() + "\u0002" + e.getValue())
                .collect(Collectors.joining("\u0001"));
    }

    private static String file(Attachment file) {
        return String.join("\u0002", file.name(), file.type(), file.contentId(), base64(file.content()));
    }

    private static String base64(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The service, as far as it is honest. */
    static LoopbackHttp service() {
        return LoopbackHttp.at(PATH, WebMailProvider::read)
                .question(ACCOUNT, Reply.of(200, Map.of(), ""))
                .authorized(header -> header.startsWith("Bearer "))
                .error(Fault.INTERNAL_ERROR, Reply.of(500, Map.of("X-Error", "internal"), ""))
                .error(Fault.SUSPENDED, Reply.of(403, Map.of(), ""))
                .error(Fault.QUOTA_EXHAUSTED, Reply.of(402, Map.of(), ""))
                .start();
    }

    private static AcceptedEmail read(byte[] body) {
        try {
            return read(JsonObject.parse(body).pairs(), AcceptedEmail.of(body));
        } catch (Refusal refusal) {
            throw new IllegalArgumentException(refusal.text());
        }
    }

    private static AcceptedEmail read(Map<String, String> json, AcceptedEmailBuilder email) {
        email.reference(json.get("reference")).envelopeFrom(json.get("envelope"));
        rows(json, "from").forEach(row -> email.from(row[0], row[1]));
        rows(json, "replyTo").forEach(row -> email.replyTo(row[0], row[1]));
        rows(json, "to").forEach(row -> email.to(row[0], row[1]));
        rows(json, "cc").forEach(row -> email.cc(row[0], row[1]));
        rows(json, "bcc").forEach(row -> email.bcc(row[0], row[1]));
        email.subject(json.get("subject")).text(json.get("text")).html(json.get("html"));
        rows(json, "headers").forEach(row -> email.header(row[0], row[1]));
        rows(json, "tags").forEach(row -> email.tag(row[0]));
        rows(json, "metadata").forEach(row -> email.metadata(row[0], row[1]));
        email.template(
                json.get("template"),
                rows(json, "variables").stream().collect(Collectors.toMap(row -> row[0], row -> row[1])));
        rows(json, "sendAt").forEach(row -> email.sendAt(Instant.parse(row[0])));
        rows(json, "tracking")
                .forEach(row -> email.tracking(new Tracking(
                        Boolean.parseBoolean(row[0].split(",")[0]), Boolean.parseBoolean(row[0].split(",")[1]))));
        email.rawMime(Base64.getDecoder().decode(json.get("raw").getBytes(StandardCharsets.US_ASCII)));
        for (String[] row : rows(json, "files")) {
            byte[] bytes = Base64.getDecoder().decode(row[3]);
            if (row[2].isEmpty()) {
                email.attachment(row[0], row[1], bytes);
            } else {
                email.inline(row[2], row[0], row[1], bytes);
            }
        }
        return email.build();
    }

    private static List<String[]> rows(Map<String, String> json, String field) {
        String value = json.getOrDefault(field, "");
        return value.isEmpty()
                ? List.of()
                : Arrays.stream(value.split("\u0001"))
                        .map(row -> row.split("\u0002", -1))
                        .toList();
    }
}
