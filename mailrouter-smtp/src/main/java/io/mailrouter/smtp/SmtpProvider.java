package io.mailrouter.smtp;

import io.mailrouter.email.Email;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Probe;
import io.mailrouter.provider.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends emails through an SMTP server.
 *
 * <p>Safe to share between threads. {@link #send} blocks, hands over one message, and ends when the attempt's time is
 * over or the thread is interrupted. Connections are kept for the next message; one that was found dead is replaced once, before anything of the
 * message went over it.
 *
 * <p>The reference of the send becomes the Message-ID, the same in every attempt. What the server offers in EHLO
 * decides what may be sent through it; before the first connection it is taken to offer little. Nothing is signed
 * (DKIM): that is the server's work.
 */
public final class SmtpProvider implements EmailProvider {

    private static final Logger log = LoggerFactory.getLogger(SmtpProvider.class);

    private final String name;
    private final InstantSource clock = InstantSource.system();
    private final Watches watches;
    private final Courier courier;
    private volatile Capabilities capabilities;
    private volatile boolean closed;

    private SmtpProvider(SmtpSettings settings, SSLSocketFactory sockets) {
        long maxBytes = settings.maxBytes;
        int maxRecipients = settings.maxRecipients;
        name = settings.name;
        capabilities = SmtpLimits.capabilities(Extensions.UNKNOWN, maxBytes, maxRecipients);
        watches = new Watches(name);
        courier = new Courier(
                settings,
                sockets,
                watches,
                offered -> capabilities = SmtpLimits.capabilities(offered, maxBytes, maxRecipients));
    }

    /** Returns a builder. It needs a host. */
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
        if (Thread.currentThread().isInterrupted()) {
            return new Unavailable("interrupted", "the thread was interrupted before the attempt");
        }
        if (closed) {
            return new Unavailable("closed", "the provider is closed");
        }
        SmtpRequest request = SmtpRequest.of(email, context.reference(), clock.instant());
        Duration remaining = context.remaining();
        if (remaining.toMillis() < 1) {
            return new Unavailable("no_time_left", "the deadline was over before the attempt");
        }
        try (Watch watch = watches.begin(remaining)) {
            Outcome outcome = courier.carry(request, watch, remaining);
            if (outcome.code().equals(Failures.CERTIFICATE)) {
                log.warn("{} showed a certificate that does not hold for its host: nothing was sent to it", name);
            }
            return outcome;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Unavailable("interrupted", "the thread was interrupted before the attempt");
        } catch (RejectedExecutionException e) {
            return new Unavailable("closed", "the provider is closed");
        }
    }

    /**
     * Asks by NOOP, over a kept connection or a fresh one, greeting and login included. It takes the place of a message
     * for that time; with all connections in use nothing is asked.
     */
    @Override
    public Optional<Probe> probe() {
        return Optional.of(this::ask);
    }

    private Probe.Answer ask(Duration within) {
        if (Thread.currentThread().isInterrupted()) {
            return new Probe.Untold("interrupted");
        }
        try (Watch watch = watches.begin(within)) {
            return courier.ask(watch, within);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Probe.Untold("interrupted");
        } catch (RejectedExecutionException e) {
            return new Probe.Untold("closed");
        }
    }

    /** Ends what is under way, and the connections. */
    @Override
    public void close() {
        closed = true;
        watches.close();
        courier.close();
    }

    /** Returns the name only. */
    @Override
    public String toString() {
        return "SmtpProvider[" + name + "]";
    }

    /** Collects what a {@link SmtpProvider} needs. Not safe to share between threads. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
        private static final Pattern HOST =
                Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[?[0-9A-Fa-f:.]{2,45}]?");
        private static final Pattern CLIENT_NAME = Pattern.compile("[A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.IPv]{2,60}]");
        private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);
        private static final Duration MAX_LIFE = Duration.ofDays(1);
        private static final int MAX_CONNECTIONS = 10_000;
        private static final int MAX_MESSAGES = 1_000_000;
        private static final long MAX_BYTES = 1L << 30;

        private final SmtpSettings settings = new SmtpSettings();

        private Builder() {}

        /** Sets the provider's name. {@code smtp} by default. */
        public Builder name(String value) {
            settings.name = matching("name", NAME, "lower-case letters, digits and hyphens, such as smtp-eu", value);
            return this;
        }

        /** Sets the server's name, which its certificate must bear. Required. */
        public Builder host(String value) {
            settings.host = Optional.of(matching("host", HOST, "a host name such as smtp.example.com", value));
            return this;
        }

        /** Sets the server's port. By default 587 with STARTTLS, 465 with implicit TLS, 25 in plain text. */
        public Builder port(int value) {
            settings.port = Optional.of(range("port", value, 65_535));
            return this;
        }

        /**
         * Sets host, port and security at once: {@code smtp://host:587} for STARTTLS, {@code smtps://host:465} for TLS
         * from the first byte. Without a port the default holds.
         */
        public Builder url(URI value) {
            String scheme = String.valueOf(value.getScheme()).toLowerCase(Locale.ROOT);
            boolean base = value.getHost() != null
                    && value.getRawUserInfo() == null
                    && value.getRawQuery() == null
                    && (value.getRawPath().isEmpty() || value.getRawPath().equals("/"));
            if (!base || !(scheme.equals("smtp") || scheme.equals("smtps"))) {
                throw new IllegalArgumentException(
                        "url needs to be smtp://host:port or smtps://host:port, without a login or a path");
            }
            settings.security = scheme.equals("smtps") ? Dialler.Security.TLS : Dialler.Security.STARTTLS;
            if (value.getPort() >= 0) {
                port(value.getPort());
            }
            return host(value.getHost());
        }

        /** Speaks TLS from the first byte. By default the conversation begins in clear and STARTTLS is required. */
        public Builder implicitTls() {
            settings.security = Dialler.Security.TLS;
            return this;
        }

        /** Speaks without TLS, for a relay on this machine or in a closed network. It excludes a login. */
        public Builder plaintext() {
            settings.security = Dialler.Security.NONE;
            return this;
        }

        /** Sets whom to trust. The JVM's own authorities by default. The server's name is checked in any case. */
        public Builder sslContext(SSLContext value) {
            return sslSocketFactory(value.getSocketFactory());
        }

        /** Sets who makes TLS of a connection. The JVM's default by default. */
        public Builder sslSocketFactory(SSLSocketFactory value) {
            settings.sockets = Optional.of(value);
            return this;
        }

        /** Sets a login with a password, by SASL PLAIN or LOGIN. None by default. */
        public Builder login(String username, Secret password) {
            settings.login = Optional.of(Login.password(checked(username), password));
            return this;
        }

        /**
         * Sets a login with a token, by XOAUTH2. None by default.
         *
         * @param token asked for each new connection, on a thread of ours, while the attempt's time runs; interrupted
         *     when that is over or the response time-out is
         */
        public Builder token(String username, Supplier<Secret> token) {
            settings.login = Optional.of(Login.token(checked(username), token));
            return this;
        }

        /** Sets the name for EHLO. By default the connection's own address as a literal, such as {@code [10.0.0.7]}. */
        public Builder clientName(String value) {
            settings.clientName = matching("clientName", CLIENT_NAME, "a host name or an address literal", value);
            return this;
        }

        /**
         * Bounds how long connecting may take, waiting for a free connection, and finding out whether a kept one still
         * lives. 2 s by default, at most 10 min.
         */
        public Builder connectTimeout(Duration value) {
            settings.connectTimeout = time("connectTimeout", value, MAX_TIMEOUT);
            return this;
        }

        /** Bounds how long the server may be silent. 30 s by default, at most 10 min. */
        public Builder responseTimeout(Duration value) {
            settings.responseTimeout = time("responseTimeout", value, MAX_TIMEOUT);
            return this;
        }

        /**
         * Bounds how long the server may be silent after the final dot, while it decides. 120 s by default, at most 10
         * min; the attempt's own time bounds it as well.
         */
        public Builder acceptTimeout(Duration value) {
            settings.acceptTimeout = time("acceptTimeout", value, MAX_TIMEOUT);
            return this;
        }

        /** Sets how many connections there may be at once. 8 by default, at most 10,000. */
        public Builder maxConnections(int value) {
            settings.maxConnections = range("maxConnections", value, MAX_CONNECTIONS);
            return this;
        }

        /** Sets how many messages go over one connection. 100 by default, at most 1,000,000. */
        public Builder maxMessagesPerConnection(int value) {
            settings.maxMessages = range("maxMessagesPerConnection", value, MAX_MESSAGES);
            return this;
        }

        /** Sets how old a connection may grow. 5 min by default, at most a day. */
        public Builder maxConnectionAge(Duration value) {
            settings.maxAge = time("maxConnectionAge", value, MAX_LIFE);
            return this;
        }

        /** Sets how long a connection may lie idle. 30 s by default, at most a day. */
        public Builder maxIdle(Duration value) {
            settings.maxIdle = time("maxIdle", value, MAX_LIFE);
            return this;
        }

        /** Sets the most bytes of a message where the server names no limit. 10 MiB by default, at most 1 GiB. */
        public Builder maxBytes(long value) {
            if (value < 1 || value > MAX_BYTES) {
                throw new IllegalArgumentException("maxBytes is " + value + ": 1 to " + MAX_BYTES + " is needed");
            }
            settings.maxBytes = value;
            return this;
        }

        /** Sets the most recipients of a message, which no server tells. 100 by default, at most 1,000. */
        public Builder maxRecipients(int value) {
            settings.maxRecipients = range("maxRecipients", value, Email.MAX_RECIPIENTS);
            return this;
        }

        /**
         * Sets what certain refusals mean, as this server's user knows better. None by default. They read {@code 550
         * 5.1.1 words}: the code, the enhanced code if there is one, and the words of all lines; a refused login its codes
         * alone, since its words may repeat the credential.
         */
        public Builder rules(AnswerRules value) {
            settings.rules = value;
            return this;
        }

        /** Sets who knows the addresses of a host. The JVM by default. */
        Builder lookUp(Dialler.LookUp value) {
            settings.lookUp = value;
            return this;
        }

        /** Sets how long after a message was taken its connection carries the next without being asked. 1 s by default. */
        Builder trust(Duration value) {
            settings.trust = value;
            return this;
        }

        /**
         * Returns the provider. It opens no connection yet.
         *
         * @throws IllegalArgumentException when the host is missing, or a login would go in clear
         */
        public SmtpProvider build() {
            settings.host();
            if (settings.security == Dialler.Security.NONE && settings.login.isPresent()) {
                throw new IllegalArgumentException("plaintext would send the login in clear: leave one of them out");
            }
            return new SmtpProvider(
                    settings, settings.sockets.orElseGet(() -> (SSLSocketFactory) SSLSocketFactory.getDefault()));
        }

        private static String checked(String username) {
            if (username.isBlank() || username.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("username is empty or holds a control character");
            }
            return username;
        }

        private static String matching(String field, Pattern pattern, String needed, String value) {
            if (!pattern.matcher(value).matches()) {
                throw new IllegalArgumentException(field + " needs " + needed);
            }
            return value;
        }

        private static int range(String field, int value, int most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(field + " is " + value + ": 1 to " + most + " is needed");
            }
            return value;
        }

        private static Duration time(String field, Duration value, Duration most) {
            if (value.toMillis() < 1 || value.compareTo(most) > 0) {
                throw new IllegalArgumentException(field + " is " + value + ": 1 ms to " + most + " is needed");
            }
            return value;
        }
    }
}
