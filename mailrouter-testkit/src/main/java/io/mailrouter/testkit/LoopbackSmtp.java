package io.mailrouter.testkit;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import javax.net.ssl.SSLContext;

/**
 * A mail server that takes what it is sent, on a free port of the loopback interface.
 *
 * <p>It speaks SMTP over real sockets, with TLS if it is started so, keeps every message that it took, and misbehaves
 * on command. Its certificate is for {@code localhost}; {@link #trust()} returns what trusts it. Safe to
 * share between threads. Its threads are daemons, one for each connection.
 */
public final class LoopbackSmtp implements AutoCloseable {

    enum Security {
        NONE,
        STARTTLS,
        TLS
    }

    private record Login(String username, String password) {}

    private final Security security;
    private final LoopbackCertificate certificate;
    private final Object lock = new Object();
    private final List<SmtpMail> accepted = new ArrayList<>();
    private final Queue<SmtpBehaviour> next = new ArrayDeque<>();
    private final Map<String, String> refused = new HashMap<>();
    private final List<String> clear = new ArrayList<>();
    private SmtpBehaviour standing = SmtpBehaviour.accept();
    private List<String> extensions = List.of("SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES");
    private Optional<Login> login = Optional.empty();
    private int connections;
    private int messages;
    private int recipients;
    private int questions;
    private final Listener<SmtpConnection> listener;

    private LoopbackSmtp(Security security, LoopbackCertificate certificate) {
        this.security = security;
        this.certificate = certificate;
        this.listener = Listener.start(SmtpConnection::new, this::serve);
    }

    /** Returns one that listens already and knows no TLS. Close it. */
    public static LoopbackSmtp start() {
        return new LoopbackSmtp(Security.NONE, LoopbackCertificate.valid());
    }

    /** Returns one that listens already and offers STARTTLS. Close it. */
    public static LoopbackSmtp startTls() {
        return new LoopbackSmtp(Security.STARTTLS, LoopbackCertificate.valid());
    }

    /** Returns one that listens already and speaks TLS from the first byte. Close it. */
    public static LoopbackSmtp tls() {
        return new LoopbackSmtp(Security.TLS, LoopbackCertificate.valid());
    }

    /** Returns one that offers STARTTLS with a certificate that has expired. Close it. */
    public static LoopbackSmtp startTlsExpired() {
        return new LoopbackSmtp(Security.STARTTLS, LoopbackCertificate.expired());
    }

    /** Returns one that offers STARTTLS with a certificate for another host. Close it. */
    public static LoopbackSmtp startTlsForAnotherHost() {
        return new LoopbackSmtp(Security.STARTTLS, LoopbackCertificate.forAnotherHost());
    }

    /** Returns where it listens, such as {@code smtp://localhost:40123}, or {@code smtps:} for TLS from the start. */
    public URI url() {
        return URI.create((security == Security.TLS ? "smtps" : "smtp") + "://" + host() + ":" + port());
    }

    /** Returns the name of the host that its certificate is for. */
    public String host() {
        return "localhost";
    }

    /** Returns the port, the same for its whole life. */
    public int port() {
        return listener.port();
    }

    /** Returns what trusts its certificate and no other. */
    public SSLContext trust() {
        return certificate.client();
    }

    /**
     * Sets what holds from now on, until something else is set. When it returns from
     * {@link SmtpBehaviour#refuseConnections()}, all connections have ended; from any other, connecting succeeds.
     */
    public void behave(SmtpBehaviour behaviour) {
        synchronized (lock) {
            standing = behaviour;
        }
        if (behaviour.refusesConnections()) {
            listener.refuse();
        } else {
            listener.accept();
        }
    }

    /**
     * Adds what holds once each, in this order. The first of them waits until a session reaches its phase, and the
     * others wait behind it; where none holds, the standing behaviour does.
     *
     * @throws IllegalArgumentException for {@link SmtpBehaviour#refuseConnections()}, which comes before any session
     */
    public void next(SmtpBehaviour... behaviours) {
        List<SmtpBehaviour> added = List.of(behaviours);
        if (added.stream().anyMatch(SmtpBehaviour::refusesConnections)) {
            throw new IllegalArgumentException("refuseConnections holds for no single session: use behave");
        }
        synchronized (lock) {
            next.addAll(added);
        }
    }

    /**
     * Refuses a recipient from now on.
     *
     * @param address as it stands in RCPT TO
     * @param reply such as {@code 550 5.1.1 no such user}
     */
    public void refuse(String address, String reply) {
        synchronized (lock) {
            refused.put(address, reply);
        }
    }

    /** Sets what EHLO offers besides STARTTLS and AUTH, such as {@code SIZE 1000}. */
    public void offer(String... keywords) {
        synchronized (lock) {
            extensions = List.of(keywords);
        }
    }

    /**
     * Takes messages only after a login with PLAIN, LOGIN or XOAUTH2 from now on.
     *
     * @param password the password, or the token for XOAUTH2
     */
    public void needLogin(String username, String password) {
        synchronized (lock) {
            login = Optional.of(new Login(username, password));
        }
    }

    /** Returns what it took so far, in the order of arrival; a copy. */
    public List<SmtpMail> accepted() {
        synchronized (lock) {
            return List.copyOf(accepted);
        }
    }

    /** Returns how many messages it has read to their final dot, whether or not it took or answered them. */
    public int messages() {
        synchronized (lock) {
            return messages;
        }
    }

    /** Returns how many RCPT commands it has read. */
    public int recipients() {
        synchronized (lock) {
            return recipients;
        }
    }

    /** Returns how many NOOP commands it has read. */
    public int questions() {
        synchronized (lock) {
            return questions;
        }
    }

    /** Returns how many connections were made to it. */
    public int connections() {
        synchronized (lock) {
            return connections;
        }
    }

    /** Returns how many connections are open now. */
    public int openConnections() {
        return listener.openConnections();
    }

    /** Returns the lines that came without TLS, messages left out. */
    public List<String> clearLines() {
        synchronized (lock) {
            return List.copyOf(clear);
        }
    }

    /** Ends every thread and socket, even one that hangs. What it took can still be read. */
    @Override
    public void close() {
        listener.close();
    }

    private void serve(SmtpConnection connection) throws IOException, InterruptedException {
        synchronized (lock) {
            connections++;
        }
        new SmtpSession(this, connection).serve();
    }

    Security security() {
        return security;
    }

    SSLContext serverContext() {
        return certificate.server();
    }

    Optional<SmtpBehaviour> behaviour(SmtpPhase phase) {
        synchronized (lock) {
            SmtpBehaviour queued = next.peek();
            if (queued != null && queued.phase() == phase) {
                next.remove();
                return Optional.of(queued);
            }
            return Optional.of(standing).filter(behaviour -> behaviour.phase() == phase);
        }
    }

    String extensions(boolean secured) {
        synchronized (lock) {
            List<String> lines = new ArrayList<>(List.of("loopback"));
            lines.addAll(extensions);
            if (security == Security.STARTTLS && !secured) {
                lines.add("STARTTLS");
            }
            if (login.isPresent()) {
                lines.add("AUTH PLAIN LOGIN XOAUTH2");
            }
            return "250-" + String.join("\r\n250-", lines.subList(0, lines.size() - 1)) + "\r\n250 "
                    + lines.get(lines.size() - 1);
        }
    }

    boolean needsLogin() {
        synchronized (lock) {
            return login.isPresent();
        }
    }

    boolean knows(String mechanism, List<String> said) {
        synchronized (lock) {
            if (login.isEmpty()) {
                return false;
            }
            String username = login.get().username();
            String password = login.get().password();
            return switch (mechanism) {
                case "LOGIN" -> said.equals(List.of(username, password));
                case "PLAIN" -> said.size() == 3 && said.subList(1, 3).equals(List.of(username, password));
                case "XOAUTH2" -> said.equals(List.of("user=" + username, "auth=Bearer " + password, "", ""));
                default -> false;
            };
        }
    }

    Optional<String> refusal(String address) {
        synchronized (lock) {
            return Optional.ofNullable(refused.get(address));
        }
    }

    SmtpMail keep(SmtpEnvelope envelope, byte[] content, byte[] wire) {
        synchronized (lock) {
            SmtpMail mail = new SmtpMail("smtp-" + (accepted.size() + 1), envelope, content, wire);
            accepted.add(mail);
            return mail;
        }
    }

    void noteMessage() {
        synchronized (lock) {
            messages++;
        }
    }

    void noteQuestion() {
        synchronized (lock) {
            questions++;
        }
    }

    void noteRecipient() {
        synchronized (lock) {
            recipients++;
        }
    }

    void noteClear(String line) {
        synchronized (lock) {
            clear.add(line);
        }
    }
}
