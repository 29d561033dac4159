package io.mailrouter.sendgrid;

import com.sendgrid.Response;
import com.sendgrid.SendGrid;
import io.mailrouter.email.Email;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends emails through the Twilio SendGrid v3 API.
 *
 * <p>Safe to share between threads. {@link #send} blocks, makes one request, and ends it when the attempt's time is
 * over or the thread is interrupted. A look-up of the host's name that hangs is the one thing that the JVM cannot cut
 * short. Tags travel as categories, metadata as custom arguments, the reference of the send as the custom argument
 * {@code mr_id}.
 *
 * <p>It has no probe: an API key that permits sending alone, as one should, may ask the service nothing else, and a
 * refused question says nothing about sending.
 */
public final class SendGridProvider implements BulkEmailProvider {

    private static final Logger log = LoggerFactory.getLogger(SendGridProvider.class);
    private static final String ENDPOINT = "v3/mail/send";

    private final String name;
    private final Capabilities capabilities;
    private final InstantSource clock;
    private final PooledClient client;
    private final SendGrid sendGrid;
    private final AnswerRules rules;
    private volatile boolean closed;

    private SendGridProvider(Builder builder, Secret apiKey) {
        name = builder.name;
        rules = builder.rules;
        clock = InstantSource.system();
        capabilities = SendGridLimits.capabilities(clock);
        client = PooledClient.open(
                name, builder.endpoint, builder.connectTimeout, builder.responseTimeout, builder.maxConnections);
        sendGrid = new SendGrid(apiKey.reveal(), client);
    }

    /** Returns a builder. It needs an API key. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        Outcome outcome = attempt(context, () -> SendGridRequest.of(email, context.reference()));
        warn(outcome, email);
        return outcome;
    }

    @Override
    public int together(List<Email> alike) {
        return SendGridBulk.together(alike);
    }

    /** Makes one request with a personalization for each email. The service takes it whole or not at all. */
    @Override
    public List<Outcome> sendBulk(List<Entry> entries, Attempt.Context context) {
        SendGridBulk emails = SendGridBulk.of(entries, context.reference());
        Outcome whole = attempt(context, () -> SendGridRequest.of(emails));
        warn(whole, emails.common());
        return Collections.nCopies(entries.size(), whole);
    }

    private Outcome attempt(Attempt.Context context, Supplier<RequestBody> request) {
        if (Thread.currentThread().isInterrupted()) {
            return new Unavailable("interrupted", "the thread was interrupted before the attempt");
        }
        if (closed) {
            return new Unavailable("closed", "the provider is closed");
        }
        RequestBody body = request.get();
        Duration remaining = context.remaining();
        if (remaining.toMillis() < 1) {
            return new Unavailable("no_time_left", "the deadline was over before the attempt");
        }
        return call(new OneCall(ENDPOINT, sendGrid.getRequestHeaders(), body, remaining));
    }

    private void warn(Outcome outcome, Email email) {
        boolean sandbox =
                email.options(SendGridOptions.class).map(o -> o.sandbox).orElse(false);
        if (outcome instanceof Accepted accepted && accepted.messageId().isEmpty() && !sandbox) {
            log.warn("{} accepted an email, but its answer held no id", name);
        }
        if (outcome.code().equals(SendGridOutcome.CERTIFICATE)) {
            log.warn("{} showed a certificate that does not hold for its host: nothing was sent to it", name);
        }
    }

    private Outcome call(OneCall call) {
        try {
            Response response = sendGrid.makeCall(call);
            Answer answer = new Answer(response.getStatusCode(), response.getHeaders(), response.getBody());
            return SendGridOutcome.of(answer, clock.instant(), rules);
        } catch (IOException e) {
            return SendGridOutcome.of(e, call.begun(), call.endedBy());
        } catch (IllegalStateException | RejectedExecutionException e) {
            // The pool or the timer was closed by another thread while this attempt was on its way to them.
            if (!closed) {
                throw e;
            }
            return SendGridOutcome.of(e, call.begun(), call.endedBy());
        }
    }

    /** Closes the connections. */
    @Override
    public void close() {
        closed = true;
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException("connections to " + name + " did not close", e);
        }
    }

    /** Returns the name only. */
    @Override
    public String toString() {
        return "SendGridProvider[" + name + "]";
    }

    /** Collects what a {@link SendGridProvider} needs. Not safe to share between threads. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
        private static final Pattern KEY = Pattern.compile("[!-~]+");
        private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");
        private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);
        private static final int MAX_CONNECTIONS = 10_000;

        private String name = "sendgrid";
        private Optional<Secret> apiKey = Optional.empty();
        private URI endpoint = URI.create("https://api.sendgrid.com");
        private Duration connectTimeout = Duration.ofSeconds(2);
        private Duration responseTimeout = Duration.ofSeconds(30);
        private int maxConnections = 64;
        private AnswerRules rules = AnswerRules.none();

        private Builder() {}

        /**
         * Sets the API key. Required.
         *
         * @throws IllegalArgumentException when it holds a character beyond printable ASCII, which no header may
         */
        public Builder apiKey(Secret value) {
            if (!KEY.matcher(value.reveal()).matches()) {
                throw new IllegalArgumentException("apiKey holds a space or a character beyond printable ASCII");
            }
            apiKey = Optional.of(value);
            return this;
        }

        /** Sets the provider's name. {@code sendgrid} by default. */
        public Builder name(String value) {
            if (!NAME.matcher(value).matches()) {
                throw new IllegalArgumentException(
                        "name needs lower-case letters, digits and hyphens, such as sendgrid-eu");
            }
            name = value;
            return this;
        }

        /**
         * Sets where SendGrid is reached: {@code https://api.sendgrid.com} by default, {@code
         * https://api.eu.sendgrid.com} for the European Union. Plain {@code http} is taken for this machine only,
         * since the API key goes with every request.
         */
        public Builder endpoint(URI value) {
            String scheme = String.valueOf(value.getScheme()).toLowerCase(Locale.ROOT);
            String host = String.valueOf(value.getHost()).toLowerCase(Locale.ROOT);
            boolean base = value.getHost() != null
                    && value.getUserInfo() == null
                    && value.getQuery() == null
                    && (value.getPath().isEmpty() || value.getPath().equals("/"));
            if (!base || !(scheme.equals("https") || scheme.equals("http"))) {
                throw new IllegalArgumentException("endpoint needs to be an https URL of a host without a path");
            }
            if (scheme.equals("http") && !LOOPBACK.matcher(host).matches()) {
                throw new IllegalArgumentException(
                        "endpoint would send the API key unencrypted: https is needed for any host but this one");
            }
            endpoint = value;
            return this;
        }

        /** Bounds how long connecting, and waiting for a free connection, may take. 2 s by default, at most 10 min. */
        public Builder connectTimeout(Duration value) {
            connectTimeout = timeout("connectTimeout", value);
            return this;
        }

        /** Bounds how long the service may be silent. 30 s by default, at most 10 min. */
        public Builder responseTimeout(Duration value) {
            responseTimeout = timeout("responseTimeout", value);
            return this;
        }

        /** Sets how many requests may run at once, each on a connection. 64 by default, at most 10,000. */
        public Builder maxConnections(int value) {
            if (value < 1 || value > MAX_CONNECTIONS) {
                throw new IllegalArgumentException(
                        "maxConnections is " + value + ": 1 to " + MAX_CONNECTIONS + " is needed");
            }
            maxConnections = value;
            return this;
        }

        /**
         * Sets what certain refusals mean, asked before the provider decides itself. None by default.
         *
         * <p>A refusal reads as its status, a space, and the service's messages, parted by semicolons: {@code 403 The
         * from address does not match a verified Sender Identity.} Rules are asked for an answer of 400 or above that
         * holds the service's own list of errors, 5xx included, which is {@link Outcome.Unknown} otherwise. The page of
         * a gateway in between, a redirect, and a call without an answer are never theirs.
         */
        public Builder rules(AnswerRules value) {
            rules = value;
            return this;
        }

        /**
         * Returns the provider. It opens no connection yet.
         *
         * @throws IllegalArgumentException when the API key is missing
         */
        public SendGridProvider build() {
            return new SendGridProvider(
                    this, apiKey.orElseThrow(() -> new IllegalArgumentException("apiKey is missing")));
        }

        private static Duration timeout(String field, Duration value) {
            if (value.toMillis() < 1 || value.compareTo(MAX_TIMEOUT) > 0) {
                throw new IllegalArgumentException(field + " is " + value + ": 1 ms to " + MAX_TIMEOUT + " is needed");
            }
            return value;
        }
    }
}
