package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LimitRaceTest {

    private static final int THREADS = 500;
    private static final int SENDS_EACH = 8;
    private static final int QUOTA = 1_500;
    private static final int PLACES = 20;

    private final long seed = System.nanoTime();
    private final AtomicInteger nextSeed = new AtomicInteger();
    private final ThreadLocal<Random> chance =
            ThreadLocal.withInitial(() -> new Random(seed + nextSeed.incrementAndGet()));

    /** A provider that counts, on its own side of the wire, whom it has accepted and how many call it at once. */
    private final class Counting {

        final AtomicInteger atOnce = new AtomicInteger();
        final AtomicInteger mostAtOnce = new AtomicInteger();
        final AtomicLong accepted = new AtomicLong();
        final ScriptedProvider provider;

        Counting(String name) {
            provider = new ScriptedProvider(name);
            provider.script = (email, context) -> {
                mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                try {
                    return answer(email);
                } finally {
                    atOnce.decrementAndGet();
                }
            };
        }

        private Outcome answer(Email email) {
            Random random = chance.get();
            int what = random.nextInt(20);
            if (what == 0) {
                return new Outcome.Throttled("throttling", "", Optional.of(Duration.ofMillis(1 + random.nextInt(20))));
            }
            if (what < 3) {
                return new Outcome.Unavailable("refused", "");
            }
            if (what == 3) {
                return new Outcome.Rejected("bad", "");
            }
            accepted.addAndGet(email.recipientCount());
            return what == 4 ? new Outcome.Unknown("timeout", "") : new Outcome.Accepted("m");
        }
    }

    private static Email email(int number) {
        return number % 3 == 0
                ? Email.builder()
                        .from("shop@example.com")
                        .to("ada@example.org")
                        .text("hello")
                        .build()
                : Email.builder()
                        .from("shop@example.com")
                        .to("ada@example.org")
                        .cc("bob@example.org")
                        .text("hello")
                        .build();
    }

    @Test
    @DisplayName(
            "T7 500 threads racing for rate, quota and places: no quota is overdrawn, each attempt is accounted for")
    void keepsToEveryLimit() throws Exception {
        System.out.println("LimitRaceTest seed " + seed);
        List<Counting> sides = List.of(new Counting("one"), new Counting("two"));
        EmailServiceBuilder builder = EmailService.builder()
                .deadline(Duration.ofSeconds(20))
                .minAttemptTime(Duration.ofMillis(1))
                .failoverBudget(100, 1_000)
                // Of so many answers by chance five in a row fail now and then, and then a quota would be left over.
                .breaker(breaker -> breaker.consecutiveFailures(10_000).window(10_000, 10_000));
        sides.forEach(side -> builder.provider(
                side.provider, p -> p.maxInFlight(PLACES).dailyQuota(QUOTA).rate(5_000)));
        List<SendResult> results = new ArrayList<>();
        EmailService emails = builder.build();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<List<SendResult>>> sent = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int first = t;
            sent.add(threads.submit(() -> {
                start.await();
                List<SendResult> mine = new ArrayList<>();
                for (int i = 0; i < SENDS_EACH; i++) {
                    mine.add(emails.trySend(email(first + i)));
                }
                return mine;
            }));
        }
        start.countDown();
        for (Future<List<SendResult>> mine : sent) {
            results.addAll(mine.get(60, TimeUnit.SECONDS));
        }
        threads.shutdown();

        for (int i = 0; i < sides.size(); i++) {
            int place = i;
            await().until(() -> emails.providers().get(place).inFlight() == 0);
            Counting side = sides.get(i);
            assertThat(side.mostAtOnce).hasValueLessThanOrEqualTo(PLACES);
            assertThat(side.accepted).hasValueLessThanOrEqualTo(QUOTA);
            assertThat(emails.providers().get(i).quotas().get(0).left())
                    .as("exactly what was or may have been accepted counts")
                    .isEqualTo(QUOTA - side.accepted.get());
        }
        emails.close();
        assertThat(results).hasSize(THREADS * SENDS_EACH);
        assertThat(sides.stream().mapToLong(side -> side.accepted.get()).sum())
                .as("the quotas were used up, but for what no email fitted into")
                .isGreaterThan(2 * QUOTA - 4);
        long tried =
                results.stream().mapToLong(r -> r.trail().attempts().size()).sum();
        assertThat(sides.stream()
                        .mapToLong(side -> side.provider.attempts.size())
                        .sum())
                .isEqualTo(tried);
        System.out.println("T7 limits: " + tried + " attempts, "
                + results.stream().collect(Collectors.groupingBy(SendResult::word, Collectors.counting())));
    }

    @Test
    @DisplayName("T16 a burst of 10,000: a bounded number runs at once, all are sent at the rate, and nothing is lost")
    void aBurstKeepsToTheRate() {
        Counting one = new Counting("one");
        one.provider.script = (email, context) -> {
            one.mostAtOnce.accumulateAndGet(one.atOnce.incrementAndGet(), Math::max);
            one.accepted.incrementAndGet();
            one.atOnce.decrementAndGet();
            return new Outcome.Accepted("m");
        };
        try (EmailService emails = EmailService.builder()
                .provider(one.provider, p -> p.rate(4_000).maxInFlight(16))
                .build()) {
            long start = System.nanoTime();
            List<CompletableFuture<SendResult>> futures = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                futures.add(emails.sendAsync(email(0)));
            }
            futures.forEach(future ->
                    assertThat(future.orTimeout(60, TimeUnit.SECONDS).join()).isInstanceOf(SendResult.Accepted.class));
            Duration taken = Duration.ofNanos(System.nanoTime() - start);

            assertThat(one.accepted).hasValue(10_000);
            assertThat(one.mostAtOnce).hasValueLessThanOrEqualTo(16);
            assertThat(taken).as("10,000 at 4,000 a second, less the burst").isGreaterThan(Duration.ofMillis(2_350));
        }
    }
}
