package io.mailrouter.redis;

import io.mailrouter.BreakerSettings;
import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.RecordingProvider;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** A service with two providers, in order, whose breakers open for a short time only. */
final class FleetNode implements AutoCloseable {

    static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");
    static final Duration SYNC = Duration.ofMillis(100);
    static final Duration LONG = Duration.ofSeconds(60);

    private static final Email EMAIL = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .text("hello")
            .build();

    final RecordingProvider ses = RecordingProvider.named("ses");
    final RecordingProvider sendgrid = RecordingProvider.named("sendgrid");
    final Queue<EmailEvent> events = new ConcurrentLinkedQueue<>();
    final RedisFleet fleet;
    final EmailService emails;

    FleetNode(String uri, String namespace) {
        this(uri, namespace, settings -> {});
    }

    FleetNode(String uri, String namespace, Consumer<BreakerSettings> change) {
        fleet = RedisFleet.builder()
                .uri(uri)
                .namespace(namespace)
                .syncEvery(SYNC)
                .build();
        emails = EmailService.builder()
                .provider(ses)
                .provider(sendgrid)
                .routing(Routing.inOrder())
                .breaker(breaker -> change.accept(breaker.consecutiveFailures(3)
                        .openFor(Duration.ofMillis(800), Duration.ofSeconds(3))
                        .trial(2, Duration.ofSeconds(10))))
                .failoverBudget(100, 1_000)
                .listener(events::add)
                .fleet(fleet)
                .build();
    }

    SendResult send() {
        return emails.trySend(EMAIL);
    }

    /** Begins to send, on another thread. */
    void sendAside() {
        CompletableFuture<SendResult> unused = emails.sendAsync(EMAIL);
    }

    /** Lets its own breaker open. */
    void trip() {
        ses.answers(REFUSED);
        for (int i = 0; i < 3; i++) {
            send();
        }
    }

    ProviderStatus status() {
        return emails.providers().get(0);
    }

    boolean isIn(HealthState state) {
        return status().state() == state;
    }

    int attempts() {
        return ses.attempted().size();
    }

    /** Says whether the fleet's circuit is in a state, as this node has heard. */
    boolean hears(FleetCircuit.State state) {
        FleetCircuit circuit = fleet.snapshot().circuits().get("ses");
        return circuit != null && circuit.state() == state;
    }

    FleetNode awaitConnected() {
        Awaitility.await()
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> fleet.snapshot().connected());
        return this;
    }

    void await(HealthState state) {
        Awaitility.await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> isIn(state));
    }

    /** Waits for exchanges that begin from now on. */
    void awaitExchanges(int number) {
        for (int i = 0; i < number; i++) {
            long seen = fleet.snapshot().takenAt();
            Awaitility.await()
                    .atMost(LONG)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> fleet.snapshot().takenAt() - seen > 0);
        }
    }

    @Override
    public void close() {
        emails.close();
    }
}
