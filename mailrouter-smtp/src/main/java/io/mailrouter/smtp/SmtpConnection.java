package io.mailrouter.smtp;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server, which knows how far each message has come.
 *
 * <p>It says MAIL, RCPT, DATA and the dot itself: Angus Mail's own way throws the same exception for a reset before
 * and behind the dot, and says RSET after a refusal, which can hide the refusal behind a second failure. Used by one
 * thread at a time.
 */
final class SmtpConnection extends SMTPTransport {

    private final BoundedSocket raw;
    private final String clientName;
    private final Duration replyTimeout;
    private final Duration acceptTimeout;
    private final Duration trust;
    private final @Nullable String username;
    private final @Nullable String secret;
    private final long openedAt = System.nanoTime();
    private Optional<SmtpReply> last = Optional.empty();
    private Phase phase = Phase.GREETING;
    private boolean delivering;
    private long readyUntil = openedAt;
    private Duration firstReply;
    private int messages;

    /**
     * How long a server may be silent, in general and after the final dot, and how long after it has taken a message it is
     * trusted to take the next.
     */
    record Patience(Duration reply, Duration accept, Duration trust) {}

    SmtpConnection(
            Session session,
            BoundedSocket raw,
            String clientName,
            Patience patience,
            @Nullable String username,
            @Nullable String secret) {
        super(session, null);
        this.raw = raw;
        this.clientName = clientName;
        this.replyTimeout = patience.reply();
        this.firstReply = replyTimeout;
        this.acceptTimeout = patience.accept();
        this.trust = patience.trust();
        this.username = username;
        this.secret = secret;
    }

    /**
     * Greets, and logs in.
     *
     * @param socket ours, or the one that speaks TLS over it
     */
    void open(Socket socket, boolean startTls) throws NoConnectionException {
        try {
            raw.setSoTimeout(millis(replyTimeout));
            connect(socket);
        } catch (AuthenticationFailedException e) {
            throw new NoConnectionException(loginRefused(e));
        } catch (MessagingException | IOException | RuntimeException e) {
            boolean refused = last.filter(reply -> !reply.isPositive()).isPresent();
            boolean stripped = startTls && !refused && last.isPresent() && !supportsExtension("STARTTLS");
            throw new NoConnectionException(
                    refused
                            ? Delivery.answered(Phase.GREETING, Map.of(), last.get())
                            : Delivery.broken(
                                    Phase.GREETING, stripped ? new RefusedHereException("starttls_missing") : e));
        }
        if (secret != null && !supportsExtension("AUTH") && !supportsExtension("AUTH=LOGIN")) {
            throw new NoConnectionException(
                    Delivery.broken(Phase.LOGIN, new RefusedHereException(SmtpOutcome.NO_LOGIN)));
        }
    }

    private Delivery loginRefused(AuthenticationFailedException e) {
        if (last.isEmpty()) {
            return Delivery.broken(Phase.LOGIN, e);
        }
        return last.get().isPositive()
                ? Delivery.broken(Phase.LOGIN, new RefusedHereException(SmtpOutcome.NO_LOGIN))
                : Delivery.answered(Phase.LOGIN, Map.of(), last.get());
    }

    Extensions extensions() {
        String size = getExtensionParameter("SIZE");
        return new Extensions(
                Extensions.size(size == null ? "" : size),
                supportsExtension("SMTPUTF8"),
                supportsExtension("8BITMIME"),
                supportsExtension("SIZE"));
    }

    /**
     * Says whether it answers, and forgets what was said on it before. Where a message has only just been taken there is
     * nothing to forget, and asking would take as long as a fifth of the next message, whose first reply says the same.
     *
     * @param patience how long to wait for that: something on the way may have forgotten the connection
     */
    synchronized boolean isReady(Duration patience) {
        boolean unasked = System.nanoTime() - readyUntil < 0;
        firstReply = unasked && patience.compareTo(replyTimeout) < 0 ? patience : replyTimeout;
        return unasked || answers("RSET", patience);
    }

    /**
     * Says whether it answers.
     *
     * @param patience how long to wait for that
     */
    synchronized boolean answers(Duration patience) {
        return answers("NOOP", patience);
    }

    private boolean answers(String command, Duration patience) {
        try {
            raw.setSoTimeout(millis(patience));
            return say(command).isPositive();
        } catch (MessagingException | IOException e) {
            return false;
        }
    }

    /** Hands over one message. Never throws for what the server or the network does. */
    synchronized Delivery deliver(SmtpRequest request) {
        Delivery delivery = conversation(request);
        readyUntil = System.nanoTime() + (delivery.isAccepted() ? trust.toNanos() : 0);
        return delivery;
    }

    private Delivery conversation(SmtpRequest request) {
        phase = Phase.MAIL;
        last = Optional.empty();
        messages++;
        Map<String, SmtpReply> refused = new LinkedHashMap<>();
        try {
            delivering = true;
            raw.setSoTimeout(millis(firstReply));
            SmtpReply mail =
                    say("MAIL FROM:<" + request.sender() + ">" + extensions().parameters(request));
            raw.setSoTimeout(millis(replyTimeout));
            if (!mail.isPositive()) {
                return Delivery.answered(phase, Map.of(), mail);
            }
            phase = Phase.RCPT;
            for (String recipient : request.recipients()) {
                SmtpReply reply = say("RCPT TO:<" + recipient + ">");
                if (!reply.isPositive() && (!reply.isRefusal() || reply.code() == 421)) {
                    return Delivery.answered(phase, Map.of(), reply);
                }
                if (!reply.isPositive()) {
                    refused.put(recipient, reply);
                }
            }
            return refused.size() == request.recipients().size()
                    ? Delivery.answered(phase, refused, last.orElseThrow())
                    : handOver(request, refused);
        } catch (MessagingException | IOException | RuntimeException e) {
            return Delivery.broken(phase, e);
        } finally {
            delivering = false;
        }
    }

    private Delivery handOver(SmtpRequest request, Map<String, SmtpReply> refused)
            throws MessagingException, IOException {
        phase = Phase.DATA;
        last = Optional.empty();
        try {
            OutputStream out = data();
            phase = Phase.BODY;
            request.writeTo(out);
            raw.setSoTimeout(millis(acceptTimeout));
            phase = Phase.DOT;
            last = Optional.empty();
            finishData();
        } catch (MessagingException e) {
            // Whatever was answered counts, and not how Angus Mail tells of it.
            if (last.isEmpty() || phase == Phase.BODY) {
                throw e;
            }
        }
        return Delivery.answered(phase, refused, last.orElseThrow());
    }

    private SmtpReply say(String command) throws MessagingException {
        last = Optional.empty();
        simpleCommand(command.getBytes(StandardCharsets.UTF_8));
        return last.orElseThrow();
    }

    /** Notes each reply as it came. */
    @Override
    protected int readServerResponse() throws MessagingException {
        last = Optional.empty();
        int code = super.readServerResponse();
        last = Optional.of(SmtpReply.of(code, getLastServerResponse()));
        return code;
    }

    /** Leaves the RSET out that follows a refused DATA or dot: ours comes before the next message. */
    @Override
    public synchronized void issueCommand(String command, int expected) throws MessagingException {
        if (!delivering || !"RSET".equals(command)) {
            super.issueCommand(command, expected);
        }
    }

    /**
     * Leaves HELO for servers that know no EHLO and say so in clear; else what was offered in clear would count after a
     * refused EHLO in TLS.
     */
    @Override
    protected boolean ehlo(String domain) throws MessagingException {
        boolean taken = super.ehlo(domain);
        boolean unknown = last.filter(SmtpReply::isPermanent).isPresent();
        if (!taken && (isSSL() || !unknown)) {
            throw new MessagingException("EHLO was refused");
        }
        return taken;
    }

    @Override
    protected synchronized boolean protocolConnect(String host, int port, String user, String password)
            throws MessagingException {
        return super.protocolConnect(host, port, username, secret);
    }

    /** Returns the name for EHLO, or our address as a literal: looking for our own name can take seconds. */
    @Override
    public synchronized String getLocalHost() {
        if (!clientName.isEmpty()) {
            return clientName;
        }
        InetAddress local = raw.getLocalAddress();
        String address = local.getHostAddress();
        int zone = address.indexOf('%');
        String plain = zone < 0 ? address : address.substring(0, zone);
        return local instanceof Inet6Address ? "[IPv6:" + plain + "]" : "[" + plain + "]";
    }

    BoundedSocket raw() {
        return raw;
    }

    /** Returns how many messages it has carried or tried to. */
    int messages() {
        return messages;
    }

    /** Returns the reading of {@link System#nanoTime()} at which it was opened. */
    long openedAt() {
        return openedAt;
    }

    /**
     * Says goodbye and ends it, without waiting for an answer: Angus Mail would close the TLS layer first, which in TLS
     * 1.3 waits for the peer's farewell as long as for any other answer.
     */
    synchronized void quit() {
        try {
            sendCommand("QUIT");
        } catch (MessagingException e) {
            // It ends all the same.
        } finally {
            raw.drop();
        }
    }

    private static int millis(Duration time) {
        return Math.toIntExact(time.toMillis());
    }

    /** Returns a fixed text: what it would show else names the user. */
    @Override
    public String toString() {
        return "SmtpConnection[" + messages + " messages]";
    }
}
