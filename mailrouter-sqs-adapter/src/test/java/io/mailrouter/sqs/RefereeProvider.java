package io.mailrouter.sqs;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
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
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;

/** A provider whose service is the {@link Referee}. It can be stopped before and after the request. */
final class RefereeProvider implements EmailProvider {

    private static final int PATIENCE_MILLIS = 60_000;

    private final String name;
    private final String worker;
    private final int port;
    private final Consumer<String> points;
    private final Deque<Line> idle = new ConcurrentLinkedDeque<>();

    /**
     * Begins with no connection.
     *
     * @param points is told {@code claimed} before each request and {@code accepted} after its answer, and may block
     */
    RefereeProvider(String name, String worker, int port, Consumer<String> points) {
        this.name = name;
        this.worker = worker;
        this.port = port;
        this.points = points;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder()
                .features(Feature.values())
                .honoursDeadline()
                .maxRecipients(1_000)
                .build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        points.accept("claimed");
        Line line = idle.poll();
        try {
            line = line == null ? new Line(port) : line;
        } catch (IOException e) {
            return new Outcome.Unavailable("connection_refused", "");
        }
        try {
            String answer = line.ask(worker + '\t' + email.subject());
            idle.push(line);
            points.accept(answer);
            return answer.equals(Referee.ACCEPTED)
                    ? new Outcome.Accepted(context.reference())
                    : new Outcome.Unavailable("outage", "");
        } catch (IOException e) {
            line.close();
            return new Outcome.Unknown("lost", e.getClass().getSimpleName());
        }
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
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        String ask(String request) throws IOException {
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
