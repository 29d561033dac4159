package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What listeners hear, and what they can do to a send: nothing. */
class ListenersTest {

    private final ScriptedProvider provider = new ScriptedProvider("only");

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    private static final class Blocking implements EmailListener {

        final CountDownLatch release = new CountDownLatch(1);
        final CountDownLatch begun = new CountDownLatch(1);
        final AtomicBoolean interrupted = new AtomicBoolean();
        final List<EmailEvent> heard = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void on(EmailEvent event) {
            begun.countDown();
            try {
                release.await();
                heard.add(event);
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        }
    }

    @Test
    @DisplayName("T9 a listener that blocks holds up neither a send nor another listener, and its losses are counted")
    void aListenerThatBlocksHoldsUpNothing() throws Exception {
        Blocking blocking = new Blocking();
        List<EmailEvent> other = Collections.synchronizedList(new ArrayList<>());
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .listener(blocking)
                .listener(other::add)
                .maxWaitingEvents(10)
                .build()) {
            emails.send(email());
            assertThat(blocking.begun.await(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 1; i < 100; i++) {
                int sent = i + 1;
                emails.send(email());
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> other.size() == 2 * sent);
            }

            assertThat(emails.lostEvents())
                    .as("two events a send; one is being heard and ten wait")
                    .isEqualTo(200 - 11);
            blocking.release.countDown();
            await().until(() -> blocking.heard.size() == 11);
            assertThat(other).hasSize(200);
        }
    }

    @Test
    @DisplayName("T9 what a slow listener loses is told in the log once in a while")
    void lossesAreToldOnceInAWhile() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(EmailService.class);
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.addAppender(appender);
        Blocking blocking = new Blocking();
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .listener(blocking)
                .maxWaitingEvents(1)
                .build()) {
            emails.send(email());
            assertThat(blocking.begun.await(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 50; i++) {
                emails.send(email());
            }
            blocking.release.countDown();

            assertThat(emails.lostEvents()).isEqualTo(100);
            assertThat(appender.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .filteredOn(line -> line.contains("slower than the sends"))
                    .containsExactly(Blocking.class.getName()
                            + " is slower than the sends: an event is lost to it (1 times lately)");
        } finally {
            logger.detachAppender(appender);
        }
    }

    @Test
    void theEventsOfASendComeInTheirOrderOnOneDaemonThread() throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        List<EmailEvent> heard = Collections.synchronizedList(new ArrayList<>());
        EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(new ScriptedProvider("first").always(new Outcome.Unavailable("refused", "")))
                .provider(provider)
                .breaker(b -> b.window(10_000, 10_000).consecutiveFailures(10_000))
                .failoverBudget(100, 100)
                .maxWaitingEvents(100_000)
                .listener(event -> {
                    thread.set(Thread.currentThread());
                    heard.add(event);
                })
                .build();
        ExecutorService senders = Executors.newFixedThreadPool(16);
        List<Future<?>> sends = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            sends.add(senders.submit(() -> emails.send(email())));
        }
        for (Future<?> send : sends) {
            send.get(20, TimeUnit.SECONDS);
        }
        senders.shutdown();
        emails.close();

        assertThat(heard).as("close waits until all is heard").hasSize(500 * 4);
        Map<String, List<String>> bySend = new HashMap<>();
        heard.forEach(event -> bySend.computeIfAbsent(reference(event), r -> new ArrayList<>())
                .add(event.getClass().getSimpleName()));
        assertThat(bySend).hasSize(500);
        assertThat(bySend.values())
                .allSatisfy(events ->
                        assertThat(events).containsExactly("AttemptEnded", "AttemptEnded", "FailedOver", "Accepted"));
        assertThat(thread.get().getName()).startsWith("mailrouter-listener-");
        assertThat(thread.get().isDaemon()).isTrue();
        await().until(() -> !thread.get().isAlive());
    }

    private static String reference(EmailEvent event) {
        if (event instanceof EmailEvent.SendEnded end) {
            return end.reference();
        }
        if (event instanceof EmailEvent.AttemptEnded end) {
            return end.reference();
        }
        return event instanceof EmailEvent.FailedOver over ? over.reference() : "";
    }

    @Test
    @DisplayName("T9 T4 close gives a listener that blocks its time, and then ends it")
    void closeEndsAListenerThatBlocks() throws Exception {
        Blocking blocking = new Blocking();
        EmailService emails = EmailService.builder()
                .provider(provider)
                .listener(blocking)
                .closeTimeout(Duration.ofMillis(50))
                .build();
        emails.send(email());
        assertThat(blocking.begun.await(20, TimeUnit.SECONDS)).isTrue();
        emails.close();

        await().untilTrue(blocking.interrupted);
        assertThat(emails.lostEvents())
                .as("the one that waited; the other one was begun")
                .isEqualTo(1);
    }

    @Test
    void refusesNoRoomForEvents() {
        assertThatThrownBy(() -> EmailService.builder().maxWaitingEvents(0))
                .hasMessageContaining("maxWaitingEvents is 0");
    }
}
