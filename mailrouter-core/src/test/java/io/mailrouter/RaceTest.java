package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Feature;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RaceTest {

    private static final int THREADS = 500;
    private static final int SENDS_EACH = 12;
    private static final int MOST_ROUNDS = 30;
    private static final Set<String> WORDS = Set.of("accepted", "partly_accepted", "rejected", "not_sent", "unknown");

    private final long seed = System.nanoTime();
    private final AtomicInteger nextSeed = new AtomicInteger();
    private final ThreadLocal<Random> chance =
            ThreadLocal.withInitial(() -> new Random(seed + nextSeed.incrementAndGet()));
    private final Map<String, AtomicInteger> atOnce = new HashMap<>();
    private final Map<String, AtomicInteger> mostAtOnce = new HashMap<>();

    /** Flips among all that a provider can do, hanging past the deadline and breaking its contract included. */
    private ScriptedProvider flipping(String name, boolean honours) {
        ScriptedProvider provider = new ScriptedProvider(name);
        Capabilities.Builder capabilities =
                Capabilities.builder().features(Feature.values()).idempotencyWindow(Duration.ofMinutes(1));
        provider.capabilities = honours ? capabilities.honoursDeadline().build() : capabilities.build();
        AtomicInteger running = atOnce.computeIfAbsent(name, n -> new AtomicInteger());
        AtomicInteger most = mostAtOnce.computeIfAbsent(name, n -> new AtomicInteger());
        AtomicBoolean first = new AtomicBoolean(true);
        provider.script = (email, context) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                return first.getAndSet(false) ? late(honours) : answer(email, honours);
            } finally {
                running.decrementAndGet();
            }
        };
        return provider;
    }

    private @Nullable Outcome answer(Email email, boolean honours) {
        Random random = chance.get();
        switch (random.nextInt(16)) {
            case 0:
                return new Outcome.Unavailable("refused", "");
            case 1:
                return new Outcome.Unknown("timeout", "");
            case 2:
                return new Outcome.Throttled("throttling", "", Optional.of(Duration.ofMillis(1 + random.nextInt(5))));
            case 3:
                return new Outcome.Misconfigured("template", "", Outcome.Scope.REQUEST);
            case 4:
                return null;
            case 5:
                return new Outcome.Rejected("bad", "");
            case 6:
                return partial(email, random);
            case 7:
                throw new IllegalStateException("defect");
            case 8:
                throw new NoSuchMethodError("defect");
            case 9:
                return late(honours);
            default:
                return new Outcome.Accepted("m");
        }
    }

    private static Outcome late(boolean honours) {
        LockSupport.parkNanos(honours ? 1_000 : Duration.ofMillis(60).toNanos());
        return new Outcome.Accepted("late");
    }

    private static Outcome partial(Email email, Random random) {
        EmailAddress refused = email.to().get(random.nextInt(email.to().size()));
        return new Outcome.Partial("m", List.of(new Outcome.Refusal(refused, "smtp", "", random.nextBoolean())));
    }

    private static Email email(int number) {
        return Email.builder()
                .from("shop@domain" + number % 3 + ".example")
                .to("ada@example.org")
                .to("bob@example.org")
                .text("hello")
                .onAmbiguity(Ambiguity.values()[number % 3])
                .build();
    }

    @Test
    @DisplayName(
            "T7 500 threads racing changes of state: each send ends once, each attempt is accounted for, nothing leaks")
    void accountsForEveryAttempt() throws Exception {
        System.out.println("RaceTest seed " + seed);
        List<ScriptedProvider> providers =
                List.of(flipping("aside", false), flipping("here", true), flipping("third", false));
        List<EmailEvent> events = Collections.synchronizedList(new ArrayList<>());
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .maxAttempts(3)
                .deadline(Duration.ofMillis(500))
                .minAttemptTime(Duration.ofMillis(1))
                .maxWaitingEvents(1_000_000)
                .breaker(b ->
                        b.openFor(Duration.ofMillis(1), Duration.ofMillis(5)).consecutiveFailures(3))
                .listener(events::add);
        providers.forEach(
                provider -> builder.provider(provider, p -> p.maxInFlight(20).timeout(Duration.ofMillis(20))));
        EmailService emails = builder.build();
        List<SendResult> results = new ArrayList<>();
        await("a call that ends late, for sure, once a thread is free for it in time")
                .until(() -> {
                    results.add(emails.trySend(
                            email(0).toBuilder().onlyProviders("aside").build()));
                    return words(results).contains("unknown");
                });
        int alone = results.size();
        int rounds = 0;
        // Providers that hang may keep all others busy for a whole round, in which nearly nothing is sent.
        while (rounds < MOST_ROUNDS && !words(results).containsAll(WORDS)) {
            results.addAll(race(emails));
            rounds++;
        }

        for (int i = 0; i < providers.size(); i++) {
            int route = i;
            await().until(() -> emails.providers().get(route).inFlight() == 0);
            assertThat(mostAtOnce.get(providers.get(i).name())).hasValueLessThanOrEqualTo(20);
        }
        emails.close();

        assertThat(results).hasSize(rounds * THREADS * SENDS_EACH + alone).doesNotContainNull();
        long tried =
                results.stream().mapToLong(r -> r.trail().attempts().size()).sum();
        long called = providers.stream().mapToLong(p -> p.attempts.size()).sum();
        assertThat(called).as("calls seen by the providers").isEqualTo(tried);
        assertThat(count(events, EmailEvent.AttemptEnded.class)).isEqualTo(tried);
        assertThat(count(events, EmailEvent.SendEnded.class)).isEqualTo(results.size());
        assertThat(count(events, EmailEvent.LateResult.class))
                .as("each call that was told as going on has ended once")
                .isEqualTo(results.stream()
                        .flatMap(r -> r.trail().attempts().stream())
                        .filter(a -> a.outcome().code().equals("deadline_pending"))
                        .count())
                .isPositive();
        assertThat(emails.lostEvents()).isZero();
        results.forEach(RaceTest::isSound);
        System.out.println("T7 " + tried + " attempts, "
                + results.stream().collect(Collectors.groupingBy(SendResult::word, Collectors.counting())));
        assertThat(words(results)).containsAll(WORDS);
    }

    private static Set<String> words(List<SendResult> results) {
        return results.stream().map(SendResult::word).collect(Collectors.toSet());
    }

    private static List<SendResult> race(EmailService emails) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService senders = Executors.newFixedThreadPool(THREADS);
        List<Future<List<SendResult>>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            running.add(senders.submit(() -> {
                start.await();
                List<SendResult> own = new ArrayList<>();
                for (int send = 0; send < SENDS_EACH; send++) {
                    own.add(emails.trySend(email(number + send)));
                    assertThat(emails.providers()).allMatch(RaceTest::isLegal);
                }
                return own;
            }));
        }
        start.countDown();
        List<SendResult> results = new ArrayList<>();
        for (Future<List<SendResult>> one : running) {
            results.addAll(one.get(60, TimeUnit.SECONDS));
        }
        senders.shutdown();
        return results;
    }

    private static boolean isLegal(ProviderStatus status) {
        boolean bounded = status.inFlight() >= 0 && status.inFlight() <= 20;
        boolean timed = status.state() == HealthState.UP
                || status.state() == HealthState.DEGRADED
                || status.until().isPresent();
        return bounded && timed;
    }

    /** What the result says follows from what the attempts say. */
    private static void isSound(SendResult result) {
        List<Attempt> attempts = result.trail().attempts();
        List<String> words = attempts.stream().map(a -> a.outcome().word()).toList();
        if (result instanceof SendResult.Accepted) {
            assertThat(words).containsAnyOf("accepted", "partial");
        } else if (result instanceof SendResult.PartlyAccepted partly) {
            assertThat(words).contains("partial");
            assertThat(partly.notAccepted()).hasSize(1);
        } else if (result instanceof SendResult.Unknown) {
            assertThat(words).contains("unknown").doesNotContain("accepted", "partial");
        } else {
            assertThat(words).doesNotContain("accepted", "partial", "unknown");
        }
        assertThat(attempts).hasSizeLessThanOrEqualTo(3);
        for (int i = 0; i < attempts.size(); i++) {
            assertThat(attempts.get(i).number()).isEqualTo(i + 1);
        }
    }

    private static long count(List<EmailEvent> events, Class<? extends EmailEvent> kind) {
        return events.stream().filter(kind::isInstance).count();
    }
}
