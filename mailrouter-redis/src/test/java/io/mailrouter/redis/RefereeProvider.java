package io.mailrouter.redis;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

/** A node's provider whose service is the {@link Referee}. */
final class RefereeProvider implements EmailProvider {

    private final String name;
    private final String node;
    private final int port;
    private final Deque<Line> idle = new ConcurrentLinkedDeque<>();

    RefereeProvider(String name, String node, int port) {
        this.name = name;
        this.node = node;
        this.port = port;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder().honoursDeadline().maxRecipients(1_000).build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        Line line = idle.poll();
        try {
            line = line == null ? new Line(port) : line;
        } catch (IOException e) {
            return new Outcome.Unavailable("connection_refused", "");
        }
        try {
            String answer = line.ask(
                    String.join("\t", name, node, label(email), Integer.toString(email.recipientCount())),
                    context.remaining());
            keep(line);
            return outcome(answer.split(" "), email, context.reference());
        } catch (IOException e) {
            line.close();
            return new Outcome.Unknown("lost", e.getClass().getSimpleName());
        }
    }

    /** Keeps a few only: how many were busy at once is chance, and the descriptors of a node are counted. */
    private void keep(Line line) {
        if (idle.size() < 4) {
            idle.push(line);
        } else {
            line.close();
        }
    }

    /** The key, else the first recipient's mailbox: what the test knows the email by. */
    private static String label(Email email) {
        return email.idempotencyKey().isEmpty()
                ? email.to().stream().map(EmailAddress::localPart).findFirst().orElse("")
                : email.idempotencyKey();
    }

    private static Outcome outcome(String[] answer, Email email, String reference) {
        return switch (answer[0]) {
            case "accepted" -> new Outcome.Accepted(reference);
            case "partial" ->
                email.to().size() < 2
                        ? new Outcome.Accepted(reference)
                        : new Outcome.Partial(
                                reference,
                                List.of(new Outcome.Refusal(
                                        email.to().get(email.to().size() - 1), "no_such_mailbox", "", false)));
            case "unavailable" -> new Outcome.Unavailable("outage", "");
            case "rejected" -> new Outcome.Rejected("refused", "");
            case "throttled" ->
                new Outcome.Throttled("slow_down", "", Optional.of(Duration.ofMillis(Long.parseLong(answer[1]))));
            default -> new Outcome.Unknown("odd_answer", "");
        };
    }

    @Override
    public void close() {
        idle.forEach(Line::close);
    }

    /** One connection to the referee. */
    private static final class Line {

        private final Socket socket = new Socket();
        private final BufferedReader in;

        Line(int port) throws IOException {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            socket.setTcpNoDelay(true);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        String ask(String request, Duration within) throws IOException {
            socket.setSoTimeout((int) Math.max(1, within.toMillis()));
            socket.getOutputStream().write((request + "\n").getBytes(StandardCharsets.UTF_8));
            String answer = in.readLine();
            if (answer == null) {
                throw new IOException("closed");
            }
            return answer;
        }

        void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // It is of no use to anybody.
            }
        }
    }
}
