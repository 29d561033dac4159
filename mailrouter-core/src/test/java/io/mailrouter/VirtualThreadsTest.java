package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Event;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VirtualThreadsTest {

    private static final int SENDS = 10_000;
    private static final int FEW = 200;
    private static final int PLACES = 40;

    /** The last thing that a recording holds, so that its reader knows that it has seen all. */
    private static final class Done extends Event {}

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicBoolean onPlatformThread = new AtomicBoolean();

    private ScriptedProvider waiting(String name, boolean honours) {
        ScriptedProvider provider = new ScriptedProvider(name);
        provider.capabilities = honours
                ? Capabilities.builder().honoursDeadline().build()
                : Capabilities.builder().build();
        provider.script = (email, context) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            LockSupport.parkNanos(1_000_000);
            if (!Thread.currentThread().toString().startsWith("VirtualThread")) {
                onPlatformThread.set(true);
            }
            running.decrementAndGet();
            return new Outcome.Accepted("m");
        };
        return provider;
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "T8 10,000 sends on virtual threads: no thread is pinned for longer than 20 ms, and the limits are kept")
    void pinsNoCarrier(boolean honours) throws Exception {
        int version = Runtime.version().feature();
        assumeTrue(version >= 21, "T8 needs virtual threads: this JVM is " + version + ", 21 is needed");
        Queue<RecordedEvent> pinned = new ConcurrentLinkedQueue<>();
        AtomicBoolean done = new AtomicBoolean();
        // A thread that waits for a class to be loaded is pinned, and how long is up to the machine.
        waitForTurns(honours, FEW);
        passOver(honours, FEW);
        try (RecordingStream recording = new RecordingStream()) {
            recording
                    .enable("jdk.VirtualThreadPinned")
                    .withThreshold(Duration.ofMillis(20))
                    .withStackTrace();
            recording.onEvent("jdk.VirtualThreadPinned", pinned::add);
            recording.onEvent(Done.class.getName(), event -> done.set(true));
            recording.startAsync();

            waitForTurns(honours, SENDS);
            passOver(honours, SENDS);

            new Done().commit();
            await().atMost(Duration.ofSeconds(30)).untilTrue(done);
        }
        assertThat(pinned).isEmpty();
    }

    /** Sends that nobody waits for take their turn: all are accepted. */
    private void waitForTurns(boolean honours, int count) {
        ScriptedProvider provider = waiting("only", honours);
        try (EmailService emails = EmailService.builder()
                .provider(provider, p -> p.maxInFlight(PLACES))
                .maxQueued(count)
                .build()) {
            List<Future<SendResult>> sends = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sends.add(emails.sendAsync(email()));
            }

            assertThat(results(sends)).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(provider.attempts).hasSize(count);
            assertThat(most).hasValueLessThanOrEqualTo(PLACES);
            assertThat(onPlatformThread).isFalse();
        }
    }

    /** Sends on threads of their own all come at once: those for whom no place is left are not sent. */
    private void passOver(boolean honours, int count) {
        ScriptedProvider provider = waiting("only", honours);
        ExecutorService virtual = Threads.forSends();
        try (EmailService emails = EmailService.builder()
                .provider(provider, p -> p.maxInFlight(PLACES))
                .build()) {
            List<Future<SendResult>> sends = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sends.add(virtual.submit(() -> emails.trySend(email())));
            }

            long accepted = results(sends).stream()
                    .filter(SendResult.Accepted.class::isInstance)
                    .count();
            assertThat(provider.attempts).hasSize((int) accepted);
            assertThat(accepted).isBetween((long) PLACES, (long) count);
            assertThat(most).hasValueLessThanOrEqualTo(PLACES);
            assertThat(emails.providers().get(0).inFlight()).isZero();
        } finally {
            virtual.shutdown();
        }
    }

    private static List<SendResult> results(List<Future<SendResult>> sends) {
        List<SendResult> results = new ArrayList<>();
        for (Future<SendResult> send : sends) {
            try {
                results.add(send.get(60, TimeUnit.SECONDS));
            } catch (Exception e) {
                throw new AssertionError("a send did not end", e);
            }
        }
        return results;
    }
}
