package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class RouteTest {

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider provider = new ScriptedProvider("only");

    private Route route(Audience listener) {
        Seldom seldom = new Seldom(time.time());
        Route.Surroundings around = new Route.Surroundings(
                ForkJoinPool.commonPool(),
                null,
                new Switchboard(List.of("only"), Set.of(), null, time.time(), seldom),
                listener,
                GuardedTracer.NONE,
                new BreakerSettings().consecutiveFailures(1),
                time.time(),
                new Random(1),
                time::pass,
                seldom);
        return new Route(provider, new ProviderSettings(), around);
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    private void send(Route route) {
        Attempt.Context context = new Attempt.Context(
                "mr1", 1, time.time().nanos() + 1_000_000_000, time.time().nanoTime());
        route.send(email(), context, Duration.ZERO);
    }

    @Test
    void changesOfStateAreToldInTheirOrder() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        CountDownLatch telling = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Route route = route(event -> {
            if (event instanceof EmailEvent.ProviderStateChanged change) {
                telling.countDown();
                hold(change.to().equals("down"), goOn);
                told.add(change.to());
            }
        });
        provider.always(new Outcome.Unavailable("connection_refused", ""));
        Thread failing = new Thread(() -> send(route));
        failing.start();
        telling.await();
        Thread mending = new Thread(route::reset);
        mending.start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> mending.getState() == Thread.State.WAITING || !mending.isAlive());
        goOn.countDown();
        failing.join();
        mending.join();

        assertThat(told).containsExactly("down", "up");
    }

    @Test
    void whoeverKeepsTheSettingsCannotChangeThemBehindTheServicesBack() {
        List<ProviderSettings> kept = new CopyOnWriteArrayList<>();
        try (EmailService emails =
                EmailService.builder().provider(provider, kept::add).build()) {
            kept.get(0).senderDomains("shop.example");

            assertThat(emails.route(email()).first()).contains("only");
        }
    }

    @Test
    void aRequestWithManyEmailsThatWaitsIsSeenBeforeItEnds() {
        ScriptedBulkProvider bulk = new ScriptedBulkProvider("bulk");
        List<Duration> seen = new CopyOnWriteArrayList<>();
        try (EmailService emails =
                EmailService.builder().time(time.time()).provider(bulk).build()) {
            emails.send(email());
            bulk.script = (entries, context) -> {
                time.pass(Duration.ofSeconds(20));
                seen.add(emails.route(email()).ranked().get(0).candidate().latency());
                return ScriptedBulkProvider.outcomes(entries, email -> new Outcome.Accepted("m"));
            };
            emails.sendAll(List.of(email(), email()), Bulk.ALLOWED);
        }

        assertThat(seen).containsExactly(Duration.ofSeconds(20));
    }

    private static void hold(boolean hold, CountDownLatch until) {
        try {
            if (hold) {
                until.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
