package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
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

    private Route route(EmailListener listener) {
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

    private void send(Route route) {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
        Attempt.Context context = new Attempt.Context(
                "mr1", 1, time.time().nanos() + 1_000_000_000, time.time().nanoTime());
        route.send(email, context, Duration.ZERO);
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
                .until(() -> mending.getState() == Thread.State.BLOCKED || !mending.isAlive());
        goOn.countDown();
        failing.join();
        mending.join();

        assertThat(told).containsExactly("down", "up");
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
