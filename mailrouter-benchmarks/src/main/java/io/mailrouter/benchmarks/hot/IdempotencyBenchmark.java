package io.mailrouter.benchmarks.hot;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.email.Email;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What it costs to send an email of a key once, with the keys in memory. Every key is a new one. */
@State(Scope.Benchmark)
public class IdempotencyBenchmark {

    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration WITHIN = Duration.ofSeconds(1);

    private final Email email = Example.SHORT.email();
    private final String fingerprint = Fingerprint.of(email);
    private final Settlement sent = Settlement.of(KeyState.SENT, "instant", "m-1", "");
    private final IdempotencyStore store = InMemoryIdempotencyStore.create();
    private final EmailService emails = EmailService.builder()
            .provider(new InstantProvider("instant"))
            .idempotency(InMemoryIdempotencyStore.create())
            .build();
    private long number;

    /** Ends the service. */
    @TearDown
    public void close() {
        emails.close();
    }

    /** The store alone: a key is granted and settled. */
    @Benchmark
    public boolean keyInMemory() {
        String key = Long.toString(number++);
        Ticket ticket = new Ticket(key, fingerprint, key, LEASE);
        store.begin(ticket, WITHIN);
        return store.settle(ticket, sent, WITHIN);
    }

    /** The digest of what the recipients get, which tells a repeated email from another. */
    @Benchmark
    public String fingerprint() {
        return Fingerprint.of(email);
    }

    /** A whole send of an email with a key, through a provider that costs nothing; the email is copied for its key. */
    @Benchmark
    public SendResult acceptedSendWithKey() {
        return emails.trySend(
                email.toBuilder().idempotencyKey(Long.toString(number++)).build());
    }

    /** What of that is the copying. */
    @Benchmark
    public Email copyForKey() {
        return email.toBuilder().idempotencyKey(Long.toString(number++)).build();
    }
}
