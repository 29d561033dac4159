package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TrialTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");
    private static final Outcome TAKEN = new Outcome.Accepted("m");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");
    private final ScriptedProvider third = new ScriptedProvider("third");

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .random(new Random(1))
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second);
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    /** Opens the first one's breaker, and lets its time to be left alone pass. */
    private void failFirst(EmailService emails) {
        first.always(REFUSED);
        for (int i = 0; i < 5; i++) {
            emails.send(email());
        }
        time.pass(Duration.ofSeconds(11));
    }

    @Test
    void whenItsTimeIsOverAProviderIsShownOnTrialAndNotDown() {
        try (EmailService emails = service().build()) {
            failFirst(emails);

            ProviderStatus status = emails.providers().get(0);
            assertThat(status.state()).isEqualTo(HealthState.DEGRADED);
            assertThat(status.until()).isEmpty();
            assertThat(emails.route(email()).first()).contains("first");
        }
    }

    @Test
    @DisplayName("P23 a strategy that ranks it last does not keep a provider from its trial")
    void aTrialGetsItsEmails() {
        AtomicBoolean last = new AtomicBoolean();
        Routing strategy = (email, eligible) -> {
            List<Candidate> ranked = new ArrayList<>(eligible);
            if (last.get()) {
                Collections.reverse(ranked);
            }
            return ranked;
        };
        try (EmailService emails = service().routing(strategy).build()) {
            failFirst(emails);
            last.set(true);
            first.always(TAKEN);

            assertThat(emails.send(email()).provider()).as("on trial").isEqualTo("first");
            assertThat(emails.send(email()).provider()).as("on trial").isEqualTo("first");
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
            assertThat(emails.send(email()).provider()).isEqualTo("second");
        }
    }

    @Test
    @DisplayName(
            "X10 of 200 emails at once one tries the provider on trial and the next one follows it; the others pass it over")
    void aTrialIsBoundedForEmailsAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(200);
        CountDownLatch answer = new CountDownLatch(1);
        try (EmailService emails = service().build()) {
            failFirst(emails);
            first.attempts.clear();
            first.script = (email, context) -> {
                try {
                    answer.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return TAKEN;
            };
            List<Future<SendResult>> sends = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                sends.add(threads.submit(() -> emails.trySend(email())));
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> sends.stream().filter(Future::isDone).count() == 199);
            assertThat(emails.route(email()).skipped())
                    .singleElement()
                    .satisfies(skip -> assertThat(skip.detail()).isEqualTo("on trial"));
            answer.countDown();
            for (Future<SendResult> send : sends) {
                assertThat(send.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
            }

            assertThat(first.attempts).hasSize(1);
            emails.send(email());
            assertThat(first.attempts).hasSize(2);
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @DisplayName("X2 the primary gets its traffic back by a ramp, with any strategy")
    void comesBackByARamp() {
        try (EmailService emails = service().build()) {
            failFirst(emails);
            first.always(TAKEN);
            emails.send(email());
            emails.send(email());
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);

            assertThat(shareOfFirst(emails)).as("at once").isBetween(0.05, 0.15);
            time.pass(Duration.ofSeconds(15));
            assertThat(shareOfFirst(emails)).as("after 15 s").isBetween(0.4, 0.6);
            time.pass(Duration.ofSeconds(9));
            assertThat(shareOfFirst(emails)).as("after 24 s").isBetween(0.7, 0.9);
            time.pass(Duration.ofSeconds(6));
            assertThat(shareOfFirst(emails)).as("after 30 s").isEqualTo(1);
        }
    }

    private static double shareOfFirst(EmailService emails) {
        int taken = 0;
        for (int i = 0; i < 1_000; i++) {
            taken += emails.send(email()).provider().equals("first") ? 1 : 0;
        }
        return taken / 1_000.0;
    }

    @Test
    @DisplayName("P21 an outage of all for a minute, at 100 emails a second: at most ten of them pay")
    void anOutageOfAllCostsFew() {
        for (long seed = 1; seed <= 10; seed++) {
            try (EmailService emails =
                    service().provider(third).random(new Random(seed)).build()) {
                List.of(first, second, third).forEach(provider -> provider.always(REFUSED));
                int paying = 0;
                for (int i = 0; i < 6_000; i++) {
                    SendResult result = emails.trySend(email());
                    assertThat(result).isInstanceOf(SendResult.NotSent.class);
                    paying += result.trail().attempts().isEmpty() ? 0 : 1;
                    time.pass(Duration.ofMillis(10));
                }

                assertThat(paying).as("emails that paid, seed %d", seed).isBetween(6, 10);
            }
        }
    }

    @Test
    @DisplayName("P22 flapping at 50 %: opens, changes its state ever more seldom, and the traffic moves")
    void flappingIsBounded() {
        for (long seed = 1; seed <= 10; seed++) {
            Random chance = new Random(seed);
            AtomicInteger changes = new AtomicInteger();
            EmailListener listener = event -> {
                if (event instanceof EmailEvent.ProviderStateChanged) {
                    changes.incrementAndGet();
                }
            };
            first.script = (email, context) -> chance.nextBoolean() ? TAKEN : REFUSED;
            EmailServiceBuilder flapping =
                    service().random(new Random(seed)).listener(listener).maxWaitingEvents(1_000_000);
            int tried = 0;
            try (EmailService emails = flapping.build()) {
                for (int i = 0; i < 6_000; i++) {
                    tried += emails.send(email())
                                    .trail()
                                    .attempts()
                                    .get(0)
                                    .provider()
                                    .equals("first")
                            ? 1
                            : 0;
                    time.pass(Duration.ofMillis(100));
                }
            }

            assertThat(changes.get())
                    .as("changes of state in ten minutes, seed %d", seed)
                    .isBetween(3, 30);
            assertThat(tried).as("of 6,000 emails, seed %d", seed).isBetween(10, 300);
        }
    }

    @Test
    @DisplayName("P23 an outage of ten minutes costs a handful of emails")
    void anOutageOfOneCostsFew() {
        try (EmailService emails = service().build()) {
            first.always(REFUSED);
            int paying = 0;
            for (int i = 0; i < 6_000; i++) {
                SendResult.Accepted accepted = emails.send(email());
                paying += accepted.trail().attempts().size() - 1;
                time.pass(Duration.ofMillis(100));
            }

            assertThat(paying).as("emails that paid in ten minutes").isBetween(6, 12);
        }
    }
}
