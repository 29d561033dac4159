package io.mailrouter.smtp;

import io.mailrouter.provider.AnswerRules;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;

/** What a provider was told, with its defaults. Used by one thread. */
final class SmtpSettings {

    private static final int SUBMISSION = 587;
    private static final int SUBMISSIONS = 465;
    private static final int RELAY = 25;

    String name = "smtp";
    Optional<String> host = Optional.empty();
    Optional<Integer> port = Optional.empty();
    Dialler.Security security = Dialler.Security.STARTTLS;
    Optional<SSLSocketFactory> sockets = Optional.empty();
    Optional<Login> login = Optional.empty();
    String clientName = "";
    Duration connectTimeout = Duration.ofSeconds(2);
    Duration responseTimeout = Duration.ofSeconds(30);
    Duration acceptTimeout = Duration.ofMinutes(2);
    Duration trust = Duration.ofSeconds(1);
    int maxConnections = 8;
    int maxMessages = 100;
    Duration maxAge = Duration.ofMinutes(5);
    Duration maxIdle = Duration.ofSeconds(30);
    long maxBytes = 10L << 20;
    int maxRecipients = 100;
    Dialler.LookUp lookUp = InetAddress::getAllByName;
    AnswerRules rules = AnswerRules.none();

    String host() {
        return host.orElseThrow(() -> new IllegalArgumentException("host is missing"));
    }

    int port() {
        return port.orElse(
                switch (security) {
                    case STARTTLS -> SUBMISSION;
                    case TLS -> SUBMISSIONS;
                    case NONE -> RELAY;
                });
    }

    ConnectionPool.Limits limits() {
        return new ConnectionPool.Limits(maxConnections, maxMessages, maxAge, maxIdle);
    }
}
