package io.mailrouter.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** One request for an email to be sent, in the hands of a {@link Behaviour}. */
final class Exchange {

    private final HttpConnection connection;
    private final HttpHead head;
    private final WireFormat wire;
    private final Runnable bodyRead;
    private final Consumer<AcceptedEmail> accepted;
    private final IntConsumer answered;
    private Optional<byte[]> body = Optional.empty();

    Exchange(
            HttpConnection connection,
            HttpHead head,
            WireFormat wire,
            Runnable bodyRead,
            Consumer<AcceptedEmail> accepted,
            IntConsumer answered) {
        this.connection = connection;
        this.head = head;
        this.wire = wire;
        this.bodyRead = bodyRead;
        this.accepted = accepted;
        this.answered = answered;
    }

    /** Reads the body, once. */
    byte[] body() throws IOException {
        if (body.isEmpty()) {
            body = Optional.of(connection.body(head));
            bodyRead.run();
        }
        return body.get();
    }

    /** Takes the email, or the emails, as the service would, and returns what the service would answer. */
    Reply accept() throws IOException {
        try {
            WireFormat.Intake intake = wire.take(head.target(), body());
            intake.emails().forEach(accepted);
            return intake.reply();
        } catch (Refusal refusal) {
            return wire.refused(refusal);
        }
    }

    void answer(Reply reply) throws IOException {
        body();
        answered.accept(reply.status());
        connection.write(reply, head.keepsAlive());
    }

    boolean pause(Duration time) throws InterruptedException {
        return connection.pause(time);
    }

    void drip(Reply reply, Duration pause) throws IOException, InterruptedException {
        answered.accept(reply.status());
        connection.drip(reply, pause);
    }

    void flood(Reply reply) throws IOException {
        answered.accept(reply.status());
        connection.flood(reply);
    }

    void cut(Reply reply, int bytes) throws IOException {
        answered.accept(reply.status());
        connection.cut(reply, bytes);
    }

    void garbage() throws IOException {
        connection.garbage();
    }

    /** Reads some bytes of the body, which then is never whole. */
    void readOf(int bytes) throws IOException {
        connection.skip(bytes);
    }

    void awaitEnd() throws IOException {
        connection.awaitEnd();
    }

    void reset() throws IOException {
        connection.reset();
    }
}
