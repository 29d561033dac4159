package io.mailrouter.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** Talks SMTP on one connection, and does in each phase what the server is told to. Used by one thread. */
final class SmtpSession {

    private static final Pattern PATH = Pattern.compile("(?i)(?:FROM|TO):\\s*<([^>]*)>\\s*(.*)");

    private final LoopbackSmtp server;
    private final SmtpConnection connection;
    private Optional<SmtpEnvelope> envelope = Optional.empty();
    private byte[] message = {};
    private boolean loggedIn;
    private boolean open = true;

    SmtpSession(LoopbackSmtp server, SmtpConnection connection) {
        this.server = server;
        this.connection = connection;
    }

    void serve() throws IOException, InterruptedException {
        if (server.security() == LoopbackSmtp.Security.TLS) {
            connection.startTls(server.serverContext());
        }
        if (!meets(SmtpPhase.CONNECT)) {
            reply("220 loopback ESMTP");
        }
        while (open) {
            String line = connection.line();
            if (!connection.isSecured()) {
                server.noteClear(line);
            }
            command(line);
        }
    }

    private void command(String line) throws IOException, InterruptedException {
        String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
        switch (verb) {
            case "EHLO", "HELO" -> {
                envelope = Optional.empty();
                in(SmtpPhase.EHLO, () -> reply(server.extensions(connection.isSecured())));
            }
            case "STARTTLS" -> in(SmtpPhase.STARTTLS, this::startTls);
            case "AUTH" -> in(SmtpPhase.AUTH, () -> authenticate(line));
            case "MAIL" -> in(SmtpPhase.MAIL, () -> mail(line));
            case "RCPT" -> {
                server.noteRecipient();
                in(SmtpPhase.RCPT, () -> recipient(line));
            }
            case "DATA" -> in(SmtpPhase.DATA, this::data);
            case "RSET" -> {
                envelope = Optional.empty();
                in(SmtpPhase.RSET, () -> reply("250 2.0.0 forgotten"));
            }
            case "NOOP" -> {
                server.noteQuestion();
                in(SmtpPhase.NOOP, () -> reply("250 2.0.0 ok"));
            }
            case "QUIT" -> {
                in(SmtpPhase.QUIT, () -> reply("221 2.0.0 bye"));
                close();
            }
            default -> reply("500 5.5.1 unknown command");
        }
    }

    /** What the server does where nothing else was asked for. */
    private interface Usual {
        void run() throws IOException, InterruptedException;
    }

    private void in(SmtpPhase phase, Usual usual) throws IOException, InterruptedException {
        if (!meets(phase)) {
            usual.run();
        }
    }

    private boolean meets(SmtpPhase phase) throws IOException, InterruptedException {
        Optional<SmtpBehaviour> behaviour = server.behaviour(phase);
        if (behaviour.isPresent()) {
            behaviour.get().on(this);
        }
        return behaviour.isPresent();
    }

    private void startTls() throws IOException {
        if (server.security() != LoopbackSmtp.Security.STARTTLS || connection.isSecured()) {
            reply("502 5.5.1 no TLS here");
            return;
        }
        SSLContext context = server.serverContext();
        reply("220 2.0.0 go ahead");
        connection.startTls(context);
        envelope = Optional.empty();
        loggedIn = false;
    }

    private void authenticate(String line) throws IOException {
        String[] words = line.split(" ", -1);
        String mechanism = words.length > 1 ? words[1].toUpperCase(Locale.ROOT) : "";
        List<String> said;
        if (mechanism.equals("LOGIN")) {
            said = List.of(asked("334 VXNlcm5hbWU6"), asked("334 UGFzc3dvcmQ6"));
        } else {
            String initial = words.length > 2 ? decoded(words[2]) : asked("334 ");
            said = List.of(initial.split(mechanism.equals("PLAIN") ? "\0" : "\1", -1));
        }
        loggedIn = server.knows(mechanism, said);
        reply(loggedIn ? "235 2.7.0 welcome" : "535 5.7.8 wrong user or password");
    }

    private String asked(String prompt) throws IOException {
        reply(prompt);
        String line = connection.line();
        if (!connection.isSecured()) {
            server.noteClear(line);
        }
        return decoded(line);
    }

    private static String decoded(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private void mail(String line) throws IOException {
        Matcher path = PATH.matcher(line);
        if (!path.find()) {
            reply("501 5.5.4 malformed");
        } else if (server.needsLogin() && !loggedIn) {
            reply("530 5.7.0 log in first");
        } else if (envelope.isPresent()) {
            reply("503 5.5.1 one sender is enough");
        } else {
            envelope = Optional.of(SmtpEnvelope.from(path.group(1), path.group(2)));
            reply("250 2.1.0 sender ok");
        }
    }

    private void recipient(String line) throws IOException {
        Matcher path = PATH.matcher(line);
        if (!path.find() || envelope.isEmpty()) {
            reply("503 5.5.1 MAIL first");
            return;
        }
        Optional<String> refusal = server.refusal(path.group(1));
        if (refusal.isEmpty()) {
            envelope.get().recipients().add(path.group(1));
        }
        reply(refusal.orElse("250 2.1.5 recipient ok"));
    }

    private void data() throws IOException, InterruptedException {
        if (envelope.isEmpty() || envelope.get().recipients().isEmpty()) {
            reply("554 5.5.1 no valid recipients");
            return;
        }
        reply("354 go ahead");
        if (meets(SmtpPhase.BODY)) {
            close();
            return;
        }
        message = connection.message();
        server.noteMessage();
        in(SmtpPhase.DOT, () -> reply(accept()));
        envelope = Optional.empty();
    }

    /** Takes the message that has come and returns the reply that says so. */
    String accept() {
        SmtpMail mail = server.keep(envelope.orElseThrow(), withoutDots(message), message);
        return "250 2.0.0 queued as " + mail.messageId();
    }

    private static byte[] withoutDots(byte[] wire) {
        ByteArrayOutputStream plain = new ByteArrayOutputStream(wire.length);
        for (int i = 0; i < wire.length; i++) {
            boolean lineBegins = i == 0 || (i > 1 && wire[i - 1] == '\n' && wire[i - 2] == '\r');
            if (!(lineBegins && wire[i] == '.')) {
                plain.write(wire[i]);
            }
        }
        return plain.toByteArray();
    }

    void reply(String text) throws IOException {
        connection.write(text + "\r\n");
    }

    void drip(String text, Duration pause) throws IOException, InterruptedException {
        for (char c : (text + "\r\n").toCharArray()) {
            connection.write(String.valueOf(c));
            if (pause(pause)) {
                return;
            }
        }
    }

    /** Writes until the connection ends. */
    void flood(String words) throws IOException {
        String many = words.repeat(Math.max(1, (8 << 10) / words.length()));
        while (true) {
            connection.write(many);
        }
    }

    void skip(int bytes) throws IOException {
        connection.skip(bytes);
    }

    boolean pause(Duration time) throws InterruptedException {
        return connection.pause(time);
    }

    void awaitEnd() throws IOException {
        connection.awaitEnd();
        open = false;
    }

    void reset() throws IOException {
        open = false;
        connection.reset();
    }

    void close() {
        open = false;
        connection.close();
    }
}
