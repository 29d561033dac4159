package io.mailrouter.ses;

import io.mailrouter.email.Email;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Probe;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequest;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.model.SendBulkEmailRequest;
import software.amazon.awssdk.services.sesv2.model.SendBulkEmailResponse;
import software.amazon.awssdk.services.sesv2.model.SendEmailRequest;
import software.amazon.awssdk.services.sesv2.model.SesV2Exception;

/**
 * Sends emails through Amazon SES v2.
 *
 * <p>Safe to share between threads. {@link #send} blocks, makes one request, and ends it when the attempt's time is
 * over or the thread is interrupted. A look-up of the host's name that hangs is the one thing that the JVM cannot cut
 * short. A provider that built its client closes it; a client that was handed in stays open.
 *
 * <p>Tags travel as SES tags named {@code tag_...} with the value 1, metadata as SES tags under their own keys, the
 * reference of the send as the SES tag {@code mr_id}. To the address for bounces SES forwards them; it needs to be a
 * verified identity as well, and the Return-Path that recipients see stays that of SES. What only SES understands
 * comes with {@link SesOptions}.
 *
 * <p>Nothing here logs a credential or an email. The libraries beneath log both at DEBUG, a session token included,
 * and cannot be told not to: keep the loggers {@code software.amazon.awssdk} and {@code org.apache.hc.client5.http}
 * above DEBUG.
 */
public final class SesProvider implements BulkEmailProvider {

    private static final Logger log = LoggerFactory.getLogger(SesProvider.class);

    private final String name;
    private final String configurationSet;
    private final boolean faultsMaySend;
    private final AnswerRules rules;
    private final Capabilities capabilities = SesLimits.capabilities();
    private final SesV2Client client;
    private final Optional<OwnClient> own;
    private volatile boolean closed;

    private SesProvider(Builder builder, SesV2Client client, Optional<OwnClient> own) {
        this.name = builder.name;
        this.configurationSet = builder.configurationSet;
        this.faultsMaySend = builder.faultsMaySend;
        this.rules = builder.rules;
        this.client = client;
        this.own = own;
    }

    /** Returns a builder. Without a region or credentials the SDK looks for them in its usual places. */
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
        Outcome outcome = obstacle().orElseGet(() -> sendNow(email, context));
        if (outcome instanceof Accepted accepted && accepted.messageId().isEmpty()) {
            log.warn("{} accepted an email, but its answer held no id", name);
        }
        return outcome;
    }

    private Outcome sendNow(Email email, Attempt.Context context) {
        SendEmailRequest.Builder request = SesRequest.of(email, context.reference(), configurationSet);
        return attempt(context, Named.by(email), limit -> {
            limit.accept(request);
            return SesOutcome.of(client.sendEmail(request.build()));
        });
    }

    @Override
    public int together(List<Email> alike) {
        return SesBulk.together(alike);
    }

    /** Makes one SendBulkEmail request with an inline template, or with the one that the emails name. */
    @Override
    public List<Outcome> sendBulk(List<Entry> entries, Attempt.Context context) {
        Optional<Outcome> obstacle = obstacle();
        if (obstacle.isPresent()) {
            return Collections.nCopies(entries.size(), obstacle.get());
        }
        Named named = Named.by(entries.get(0).email());
        SesBulkOutcome reader = new SesBulkOutcome(named, rules, faultsMaySend);
        SendBulkEmailRequest.Builder request = SesBulk.of(entries, configurationSet);
        List<Outcome> outcomes = new ArrayList<>(entries.size());
        Outcome whole = attempt(context, named, limit -> {
            limit.accept(request);
            SendBulkEmailResponse answer = client.sendBulkEmail(request.build());
            outcomes.addAll(reader.of(answer, entries.size()));
            return outcomes.get(0);
        });
        return outcomes.isEmpty() ? Collections.nCopies(entries.size(), SesBulkOutcome.ofCall(whole)) : outcomes;
    }

    /**
     * Asks by GetAccount, which needs the permission {@code ses:GetAccount}: the limits of the account, whether it may
     * send, and whether the service answers. Without the permission that stays unknown, and sending is unaffected.
     */
    @Override
    public Optional<Probe> probe() {
        return Optional.of(new SesProbe(client, own));
    }

    private Optional<Outcome> obstacle() {
        if (Thread.currentThread().isInterrupted()) {
            return Optional.of(new Unavailable("interrupted", "the thread was interrupted before the attempt"));
        }
        return closed ? Optional.of(new Unavailable("closed", "the provider is closed")) : Optional.empty();
    }

    /** @param call takes what it has to do to its request, so that it ends in time */
    private Outcome attempt(
            Attempt.Context context, Named named, Function<Consumer<AwsRequest.Builder>, Outcome> call) {
        Duration remaining = context.remaining();
        if (remaining.toMillis() < 1) {
            return new Unavailable("no_time_left", "the deadline was over before the attempt");
        }
        Transmission transmission = own.isPresent() ? Transmission.watched() : Transmission.unwatched();
        try {
            return own.isPresent()
                    ? own.get().within(remaining, transmission, () -> call.apply(request -> {}))
                    : call.apply(request -> request.overrideConfiguration(o -> o.apiCallTimeout(remaining)));
        } catch (SesV2Exception e) {
            return SesOutcome.of(e, named, rules, faultsMaySend);
        } catch (SdkException e) {
            Outcome failure = CallFailure.of(transmission.failure(e), transmission.body(), transmission.status());
            if (failure.code().equals(CallFailure.CERTIFICATE)) {
                log.warn("{} showed a certificate that does not hold for its host: nothing was sent to it", name);
            }
            return failure;
        } catch (IllegalStateException | RejectedExecutionException e) {
            // The pool or the timer was closed by another thread while this attempt was on its way to them.
            if (!closed) {
                throw e;
            }
            return CallFailure.closed(transmission.body());
        }
    }

    /** Closes the client and its connections, unless the client was handed in. */
    @Override
    public void close() {
        closed = true;
        own.ifPresent(OwnClient::close);
    }

    /** Returns the name only. */
    @Override
    public String toString() {
        return "SesProvider[" + name + "]";
    }

    /** Collects what a {@link SesProvider} needs. Not safe to share between threads. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
        private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,64}");
        private static final Pattern CONFIGURATION_SET = Pattern.compile("[A-Za-z0-9_-]{1,64}");
        private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);
        private static final int MAX_CONNECTIONS = 10_000;

        private String name = "ses";
        private String configurationSet = "";
        private boolean faultsMaySend;
        private AnswerRules rules = AnswerRules.none();
        private final OwnClient.Settings settings = new OwnClient.Settings();
        private Optional<String> settingOfOwnClient = Optional.empty();
        private Optional<String> settingOfApache = Optional.empty();
        private Optional<SesV2Client> client = Optional.empty();

        private Builder() {}

        /** Sets the provider's name. {@code ses} by default. */
        public Builder name(String value) {
            name = matching("name", NAME, "lower-case letters, digits and hyphens, such as ses-eu-west-1", value);
            return this;
        }

        /** Sets the AWS region, such as {@code eu-west-1}. By default the SDK finds it. */
        public Builder region(String value) {
            settings.region = Optional.of(matching("region", REGION, "a name such as eu-west-1", value));
            return ofOwnClient("region");
        }

        /**
         * Sets where SES is reached, for tests and private endpoints. By default the region decides, or the SDK's own
         * variable {@code AWS_ENDPOINT_URL_SESV2}.
         */
        public Builder endpoint(URI value) {
            String scheme = String.valueOf(value.getScheme()).toLowerCase(Locale.ROOT);
            if (value.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
                throw new IllegalArgumentException("endpoint needs to be an absolute http or https URL with a host");
            }
            settings.endpoint = Optional.of(value);
            return ofOwnClient("endpoint");
        }

        /** Sets who gives the credentials; it is never closed here. By default the SDK finds them. */
        public Builder credentials(AwsCredentialsProvider value) {
            settings.credentials = Optional.of(value);
            return ofOwnClient("credentials");
        }

        /** Bounds how long connecting, and waiting for a free connection, may take. 2 s by default, at most 10 min. */
        public Builder connectTimeout(Duration value) {
            settings.connectTimeout = timeout("connectTimeout", value);
            settingOfApache = Optional.of("connectTimeout");
            return ofOwnClient("connectTimeout");
        }

        /** Bounds how long the service may be silent. 30 s by default, at most 10 min. */
        public Builder responseTimeout(Duration value) {
            settings.responseTimeout = timeout("responseTimeout", value);
            settingOfApache = Optional.of("responseTimeout");
            return ofOwnClient("responseTimeout");
        }

        /** Sets how many requests may run at once, each on a connection. 64 by default, at most 10,000. */
        public Builder maxConnections(int value) {
            if (value < 1 || value > MAX_CONNECTIONS) {
                throw new IllegalArgumentException(
                        "maxConnections is " + value + ": 1 to " + MAX_CONNECTIONS + " is needed");
            }
            settings.maxConnections = value;
            settingOfApache = Optional.of("maxConnections");
            return ofOwnClient("maxConnections");
        }

        /**
         * Sets what requests travel by in place of Apache's HTTP client, which then need not be there: such as the one of
         * the JDK's {@code HttpURLConnection} where the size of an application counts. It is built and closed here. The
         * two time-outs and the number of connections are its own to set; a request that it repeats by itself would be
         * sent twice.
         */
        public Builder httpClient(SdkHttpClient.Builder<?> value) {
            settings.http = Optional.of(value);
            return ofOwnClient("httpClient");
        }

        /** Sets the configuration set that requests name unless {@link SesOptions} name another. None by default. */
        public Builder configurationSet(String value) {
            configurationSet = matching(
                    "configurationSet", CONFIGURATION_SET, "1 to 64 letters, digits, hyphens or underscores", value);
            return this;
        }

        /**
         * Doubts the service's word that nothing was sent when it answers with an internal error of its own: such an
         * outcome is then unknown. By default it is believed, and another provider may try at once.
         */
        public Builder internalErrorsMaySend() {
            faultsMaySend = true;
            return this;
        }

        /**
         * Sets what refusals mean that its user knows better; asked before what the provider makes of them. None by
         * default.
         *
         * <p>A refusal reads as the service's error code and its words, such as {@code MessageRejected Email address is
         * not verified.}; one about credentials or permissions as its code alone, since its words may repeat a session
         * token. Failures without an error code of the service's own are never asked about.
         */
        public Builder rules(AnswerRules value) {
            rules = value;
            return this;
        }

        /**
         * Sets a client to send through, which is never closed here. It excludes every setting of a client of our
         * own. It cannot tell whether a request began to be written, so that more outcomes are unknown than with ours.
         *
         * @throws IllegalArgumentException when it would repeat a request by itself: SES cannot tell a repetition, so
         *     that every one may be a second copy
         */
        public Builder client(SesV2Client value) {
            RetryRefusal.check(value);
            client = Optional.of(value);
            return this;
        }

        /**
         * Returns the provider. It opens no connection yet.
         *
         * @throws IllegalArgumentException when a client stands beside a setting of a client of our own, or an HTTP client
         *     beside a setting of Apache's
         */
        public SesProvider build() {
            if (client.isPresent()) {
                settingOfOwnClient.ifPresent(setting -> {
                    throw new IllegalArgumentException(
                            setting + " has no effect on a client that is handed in: set it there");
                });
                return new SesProvider(this, client.get(), Optional.empty());
            }
            if (settings.http.isPresent()) {
                settingOfApache.ifPresent(setting -> {
                    throw new IllegalArgumentException(
                            setting + " has no effect on an HTTP client that is handed in: set it there");
                });
            }
            OwnClient own = OwnClient.open(name, settings);
            return new SesProvider(this, own.client(), Optional.of(own));
        }

        private Builder ofOwnClient(String setting) {
            settingOfOwnClient = Optional.of(setting);
            return this;
        }

        private static String matching(String field, Pattern pattern, String needed, String value) {
            if (!pattern.matcher(value).matches()) {
                throw new IllegalArgumentException(field + " needs " + needed);
            }
            return value;
        }

        private static Duration timeout(String field, Duration value) {
            if (value.toMillis() < 1 || value.compareTo(MAX_TIMEOUT) > 0) {
                throw new IllegalArgumentException(field + " is " + value + ": 1 ms to " + MAX_TIMEOUT + " is needed");
            }
            return value;
        }
    }
}
