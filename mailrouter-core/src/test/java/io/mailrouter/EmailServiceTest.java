package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class EmailServiceTest {

    private final ScriptedProvider provider = new ScriptedProvider("only");

    private static Email email() {
        return Email.builder()
                .from("canary-from@example.com")
                .to("canary-to@example.org")
                .subject("canary-subject")
                .text("canary-text")
                .header("X-Canary", "canary-header")
                .build();
    }

    private static List<String> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("mailrouter-"))
                .toList();
    }

    @Test
    @DisplayName("T4 close waits for sends under way, refuses later ones, and leaves no thread")
    void closesInOrder() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicReference<Thread> attempt = new AtomicReference<>();
        provider.capabilities = Capabilities.builder().features(Feature.HEADERS).build();
        provider.script = (email, context) -> {
            attempt.set(Thread.currentThread());
            begun.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new Outcome.Accepted("m");
        };
        EmailService emails = EmailService.builder().provider(provider).build();
        CompletableFuture<SendResult> send = emails.sendAsync(email());
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Void> closing = CompletableFuture.runAsync(emails::close);
        await().until(() -> refuses(emails));
        assertThat(closing).isNotDone();
        answer.countDown();

        assertThat(send.orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(SendResult.Accepted.class);
        closing.orTimeout(10, TimeUnit.SECONDS).join();
        assertThatThrownBy(() -> emails.trySend(email()))
                .isInstanceOf(EmailServiceClosedException.class)
                .hasMessage("EmailService is closed");
        assertThatThrownBy(() -> emails.sendAsync(email())).isInstanceOf(EmailServiceClosedException.class);
        await().until(() -> !attempt.get().isAlive());
        await().until(() -> ourThreads().isEmpty());
        emails.close();
        assertThat(provider.closed).hasValue(1);
    }

    /** Events are heard on another thread; the end of a send is its last. */
    private static void heardOf(int sends, List<EmailEvent> events) {
        await().until(() ->
                events.stream().filter(EmailEvent.SendEnded.class::isInstance).count() == sends);
    }

    private static boolean refuses(EmailService emails) {
        try {
            return emails.trySend(email()) == null;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    @Test
    void closeGivesUpAfterItsTimeout() {
        CountDownLatch never = new CountDownLatch(1);
        provider.capabilities = Capabilities.builder().features(Feature.HEADERS).build();
        provider.script = (email, context) -> {
            try {
                never.await();
                return new Outcome.Accepted("m");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Outcome.Unknown("interrupted", "");
            }
        };
        EmailService emails = EmailService.builder()
                .provider(provider)
                .closeTimeout(Duration.ofMillis(50))
                .build();
        CompletableFuture<SendResult> send = emails.sendAsync(email());
        await().until(() -> !provider.attempts.isEmpty());

        emails.close();

        assertThat(send.orTimeout(10, TimeUnit.SECONDS).join())
                .as("cut off, nobody knows whether it was sent")
                .isInstanceOf(SendResult.Unknown.class);
        await().until(() -> ourThreads().isEmpty());
    }

    @Test
    void neverClosesAnExecutorThatItWasGiven() {
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "users-own"));
        try {
            EmailService emails =
                    EmailService.builder().provider(provider).executor(executor).build();
            List<String> threads = new CopyOnWriteArrayList<>();
            provider.script = (email, context) -> {
                threads.add(Thread.currentThread().getName());
                return new Outcome.Accepted("m");
            };
            assertThat(emails.sendAsync(email()).join()).isInstanceOf(SendResult.Accepted.class);
            assertThat(threads).containsExactly("users-own");
            emails.close();

            assertThat(executor.isShutdown()).isFalse();
        } finally {
            executor.shutdownNow();
        }
    }

    /** Sends on both of the service's executors, and returns from main without closing it. */
    public static final class Forgetful {
        private Forgetful() {}

        public static void main(String[] args) {
            ScriptedProvider provider = new ScriptedProvider("only");
            provider.capabilities =
                    Capabilities.builder().features(Feature.HEADERS).build();
            EmailService emails = EmailService.builder().provider(provider).build();
            System.out.println("result: " + emails.sendAsync(email()).join().word());
        }
    }

    @Test
    @DisplayName("T10 the JVM exits although the service was never closed")
    void theJvmExitsWithoutClose(@TempDir Path directory) throws Exception {
        File output = directory.resolve("out").toFile();
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Forgetful.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        try {
            assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).as("exits by itself").isTrue();
            assertThat(jvm.exitValue()).isZero();
            assertThat(output).content().contains("result: accepted");
        } finally {
            jvm.destroyForcibly();
        }
    }

    @Test
    @DisplayName("P25 X5 a provider that throws, returns null or hangs is contained")
    void containsWhateverAProviderDoes() {
        provider.script = (email, context) -> {
            throw new StackOverflowError("canary");
        };
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            assertThat(emails.trySend(email())).isInstanceOfSatisfying(SendResult.Unknown.class, unknown -> {
                assertThat(unknown.code()).isEqualTo("defect");
                assertThat(unknown.reason()).contains("StackOverflowError").doesNotContain("canary");
            });
            provider.script = (email, context) -> null;
            assertThat(emails.trySend(email())).isInstanceOf(SendResult.Unknown.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("P25 X5 a provider's exception that cannot even be logged is contained, and keeps no place")
    void containsAnExceptionThatThrows(boolean aside) {
        Logger logger = (Logger) LoggerFactory.getLogger(EmailService.class);
        Level before = logger.getLevel();
        logger.setLevel(Level.DEBUG);
        provider.capabilities = aside
                ? Capabilities.builder().build()
                : Capabilities.builder().honoursDeadline().build();
        provider.script = (email, context) -> {
            throw new IllegalStateException() {
                private static final long serialVersionUID = 1L;

                @Override
                public String getMessage() {
                    throw new IllegalStateException("canary");
                }
            };
        };
        Email plain = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("t")
                .build();
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .deadline(Duration.ofSeconds(20))
                .closeTimeout(Duration.ofMillis(50))
                .build()) {
            assertThat(emails.trySend(plain))
                    .isInstanceOfSatisfying(
                            SendResult.Unknown.class,
                            unknown -> assertThat(unknown.code()).isEqualTo("defect"));
            assertThat(emails.providers().get(0).inFlight()).isZero();
        } finally {
            logger.setLevel(before);
        }
    }

    @Test
    @DisplayName("P25 X5 a provider whose capabilities throw is passed over, and the next one sends")
    void passesOverWhoCannotSayWhatItCarries() {
        provider.capabilities = Capabilities.builder()
                .needs("luck", e -> {
                    throw new NoClassDefFoundError("canary");
                })
                .features(Feature.HEADERS)
                .build();
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(provider)
                .provider(new ScriptedProvider("second"))
                .build()) {
            SendResult.Accepted accepted = emails.send(email());

            assertThat(accepted.provider()).isEqualTo("second");
            assertThat(accepted.trail().skipped()).singleElement().satisfies(skip -> {
                assertThat(skip.reason()).isEqualTo(Skipped.Reason.DEFECT);
                assertThat(skip.detail()).contains("NoClassDefFoundError").doesNotContain("canary");
            });
        }
    }

    @Test
    @DisplayName("P25 T2 a provider that hangs ends as unknown at the deadline")
    void cutsAHangAtTheDeadline() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        provider.capabilities = Capabilities.builder().features(Feature.HEADERS).build();
        provider.script = (email, context) -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
            return new Outcome.Accepted("m");
        };
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .deadline(Duration.ofSeconds(1))
                .closeTimeout(Duration.ofMillis(50))
                .build()) {
            long start = System.nanoTime();
            SendResult result = emails.trySend(email());
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            assertThat(result)
                    .isInstanceOfSatisfying(
                            SendResult.Unknown.class,
                            unknown -> assertThat(unknown.code()).isEqualTo("deadline_pending"));
            assertThat(took).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
        }
        await().untilTrue(interrupted);
    }

    @Test
    @DisplayName("T3 an interrupt during an attempt: unknown, and the flag is kept")
    void keepsTheInterruptFlag() {
        provider.capabilities = Capabilities.builder().features(Feature.HEADERS).build();
        Thread sender = Thread.currentThread();
        CountDownLatch never = new CountDownLatch(1);
        provider.script = (email, context) -> {
            sender.interrupt();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new Outcome.Accepted("m");
        };
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            SendResult result = emails.trySend(email());

            assertThat(Thread.interrupted()).isTrue();
            assertThat(result)
                    .isInstanceOfSatisfying(
                            SendResult.Unknown.class,
                            unknown -> assertThat(unknown.code()).isEqualTo("interrupted"));
        }
    }

    @Test
    void tellsListenersWhatHappens() {
        List<EmailEvent> events = new CopyOnWriteArrayList<>();
        ScriptedProvider second = new ScriptedProvider("second");
        provider.always(new Outcome.Unavailable("connection_refused", ""));
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(provider)
                .provider(second)
                .listener(events::add)
                .breaker(b -> b.consecutiveFailures(1))
                .build()) {
            String reference = emails.trySend(email()).trail().reference();

            await().untilAsserted(() -> assertThat(events).hasSize(5));
            assertThat(events.get(0)).isInstanceOfSatisfying(EmailEvent.AttemptEnded.class, attempt -> {
                assertThat(attempt.outcome()).isEqualTo("unavailable");
                assertThat(attempt.code()).isEqualTo("connection_refused");
                assertThat(attempt.provider()).isEqualTo("only");
                assertThat(attempt.reference()).isEqualTo(reference);
            });
            assertThat(events.get(1)).isInstanceOfSatisfying(EmailEvent.ProviderStateChanged.class, change -> {
                assertThat(change.from()).isEqualTo("up");
                assertThat(change.to()).isEqualTo("down");
            });
            assertThat(events.get(2)).isInstanceOf(EmailEvent.AttemptEnded.class);
            assertThat(events.get(3))
                    .isEqualTo(new EmailEvent.FailedOver(reference, "only", "second", "connection_refused"));
            assertThat(events.get(4)).isInstanceOfSatisfying(EmailEvent.SendEnded.class, end -> {
                assertThat(end.result()).isEqualTo("accepted");
                assertThat(end.provider()).isEqualTo("second");
            });
        }
    }

    @Test
    @DisplayName("T9 a listener that throws changes nothing, and is counted")
    void aListenerThatThrowsChangesNothing() {
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .listener(event -> {
                    throw new IllegalStateException("listener");
                })
                .listener(event -> {
                    throw new NoSuchMethodError("listener");
                })
                .fleet(new BrokenFleet())
                .build()) {
            assertThat(emails.trySend(email()))
                    .as("a result that were lost to an Error would be sent again")
                    .isInstanceOf(SendResult.Accepted.class);
            await("an attempt and a send, to two listeners").until(() -> emails.lostEvents() == 4);
        }
    }

    private static final class BrokenFleet implements Fleet {
        @Override
        public void register(String provider) {
            throw new NoSuchMethodError("register");
        }

        @Override
        public void record(String provider, Signal signal, Duration elapsed, int recipients) {
            throw new NoSuchMethodError("record");
        }

        @Override
        public FleetSnapshot snapshot() {
            return FleetSnapshot.none();
        }

        @Override
        public void close() {
            throw new IllegalStateException("close");
        }
    }

    @Test
    @DisplayName("C11 no address, subject, body or header in a log, an exception or a toString")
    void saysNothingPersonal() {
        Logger root = (Logger) LoggerFactory.getLogger("io.mailrouter");
        Level before = root.getLevel();
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.INFO);
        List<EmailEvent> events = new CopyOnWriteArrayList<>();
        ScriptedProvider second = new ScriptedProvider("second");
        provider.next(new Outcome.Unavailable("x", "no route to canary-to@example.org"));
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(provider)
                .provider(second)
                .listener(events::add)
                .breaker(b -> b.consecutiveFailures(1))
                .build()) {
            SendResult accepted = emails.trySend(email());
            second.always(new Outcome.Rejected("bad", "<canary-to@example.org> is bad"));
            assertThatThrownBy(() -> emails.send(email())).hasMessageNotContaining("canary");
            second.script = (email, context) -> {
                throw new IllegalStateException("canary");
            };
            SendResult defect = emails.trySend(email());
            heardOf(3, events);

            assertThat(accepted.toString() + defect + events + emails.providers())
                    .doesNotContain("canary");
            assertThat(appender.list).hasSizeGreaterThan(2);
            assertThat(appender.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .noneMatch(line -> line.contains("canary"));
        } finally {
            root.detachAppender(appender);
            root.setLevel(before);
        }
    }

    @Test
    void warnsOfAFailoverOnceInAWhile() {
        Logger logger = (Logger) LoggerFactory.getLogger(EmailService.class);
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.addAppender(appender);
        VirtualTime time = new VirtualTime();
        ScriptedProvider second = new ScriptedProvider("second");
        provider.always(new Outcome.Unavailable("refused", ""));
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .provider(provider)
                .provider(second)
                .build()) {
            for (int i = 0; i < 100; i++) {
                emails.trySend(email());
            }
            time.pass(Duration.ofSeconds(31));
            emails.trySend(email());

            assertThat(appender.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .filteredOn(line -> line.startsWith("Failover"))
                    .containsExactly(
                            "Failover from only to second: refused (1 times lately)",
                            "Failover from only to second: refused (100 times lately)");
        } finally {
            logger.detachAppender(appender);
        }
    }

    @Test
    void tellsTheFleetWhatItSees() {
        List<String> recorded = new CopyOnWriteArrayList<>();
        AtomicBoolean closed = new AtomicBoolean();
        FleetSnapshot.Provider known = new FleetSnapshot.Provider(10, 5, 4, 1, 0, Duration.ofMillis(80), 7, 70);
        Fleet fleet = new Fleet() {
            @Override
            public void register(String name) {
                recorded.add("register " + name);
            }

            @Override
            public void record(String name, Signal signal, Duration elapsed, int recipients) {
                recorded.add(name + " " + signal + " " + recipients);
            }

            @Override
            public FleetSnapshot snapshot() {
                return new FleetSnapshot(true, 3, Map.of("only", known), System.nanoTime());
            }

            @Override
            public void close() {
                closed.set(true);
            }
        };
        provider.next(new Outcome.Unavailable("refused", ""));
        try (EmailService emails =
                EmailService.builder().provider(provider).fleet(fleet).build()) {
            emails.trySend(email());
            emails.trySend(email());

            assertThat(recorded).containsExactly("register only", "only UNAVAILABLE 0", "only OK 1");
            assertThat(emails.providers().get(0).fleet()).isEqualTo(Optional.of(known));
            assertThat(known.errorRate()).isEqualTo(0.5);
        }
        assertThat(closed).isTrue();
    }

    @Test
    void namesWhatIsWrongWithItsConfiguration() {
        EmailServiceBuilder builder = EmailService.builder().routing(Routing.inOrder());

        assertThatThrownBy(builder::build).hasMessageContaining("provider is missing");
        assertThatThrownBy(() -> builder.provider(new ScriptedProvider("SES"))).hasMessageContaining("'SES'");
        builder.provider(provider);
        assertThatThrownBy(() -> builder.provider(new ScriptedProvider("only"))).hasMessageContaining("is taken");
        assertThatThrownBy(() -> builder.deadline(Duration.ZERO)).hasMessageContaining("deadline is PT0S");
        assertThatThrownBy(() -> builder.deadline(Duration.ofDays(100_000))).hasMessageContaining("PT24H is needed");
        assertThatThrownBy(() -> builder.closeTimeout(Duration.ofSeconds(Long.MAX_VALUE)))
                .hasMessageContaining("closeTimeout");
        assertThatThrownBy(() -> builder.maxQueued(-1)).hasMessageContaining("maxQueued is -1");
        assertThatThrownBy(() -> builder.maxAttempts(0)).hasMessageContaining("maxAttempts is 0");
        assertThatThrownBy(() -> builder.minAttemptTime(Duration.ofSeconds(-1))).hasMessageContaining("minAttemptTime");
        assertThatThrownBy(() -> builder.closeTimeout(Duration.ofSeconds(-1))).hasMessageContaining("closeTimeout");
        assertThatThrownBy(() -> builder.provider(new ScriptedProvider("p2"), p -> p.timeout(Duration.ZERO)))
                .hasMessageContaining("timeout is PT0S");
        assertThatThrownBy(() -> builder.provider(new ScriptedProvider("p3"), p -> p.maxInFlight(0)))
                .hasMessageContaining("maxInFlight is 0");
        assertThatThrownBy(() -> builder.provider(new ScriptedProvider("p4"), p -> p.senderDomains("a@b.c")))
                .hasMessageContaining("senderDomains");
        assertThatThrownBy(() -> builder.provider(new ScriptedProvider("p5"), p -> p.senderDomains("straße.example")))
                .hasMessageContaining("senderDomains: domain");
    }

    private static ScriptedProvider.Script waitingFor(CountDownLatch latch) {
        return (email, context) -> {
            try {
                latch.await();
                return new Outcome.Accepted("m");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Outcome.Unknown("interrupted", "");
            }
        };
    }

    @Test
    @DisplayName("T4 whoever waits for a send that close has cut off does not wait for ever")
    void closeEndsEveryFuture() {
        provider.script = waitingFor(new CountDownLatch(1));
        EmailService emails = EmailService.builder()
                .provider(provider, p -> p.maxInFlight(2))
                .closeTimeout(Duration.ofMillis(50))
                .build();
        List<CompletableFuture<SendResult>> sends = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 200; i++) {
            sends.add(emails.sendAsync(email()));
        }
        emails.close();

        await().until(() -> sends.stream().allMatch(CompletableFuture::isDone));
        assertThat(sends.stream().filter(CompletableFuture::isCompletedExceptionally))
                .as("never begun")
                .hasSizeGreaterThanOrEqualTo(190);
        assertThat(provider.attempts).hasSizeLessThan(10);
    }

    @Test
    @DisplayName("T4 what waits for its turn when close has cut the sends off is not begun any more")
    void nothingBeginsOnceCloseHasCutOff() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        provider.script = waitingFor(answer);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            EmailService emails = EmailService.builder()
                    .provider(provider, p -> p.maxInFlight(1))
                    .executor(executor)
                    .closeTimeout(Duration.ofMillis(1))
                    .build();
            CompletableFuture<SendResult> first = emails.sendAsync(email());
            await().until(() -> provider.attempts.size() == 1);
            CompletableFuture<SendResult> second = emails.sendAsync(email());
            emails.close();
            answer.countDown();

            assertThat(first.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
            assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(EmailServiceClosedException.class);
            assertThat(provider.attempts).hasSize(1);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    @DisplayName("T16 a burst waits for its turn instead of spilling over to the provider that stands by")
    void aBurstWaitsForItsTurn() {
        ScriptedProvider standby = new ScriptedProvider("standby");
        provider.script = (email, context) -> {
            Thread.onSpinWait();
            return new Outcome.Accepted("m");
        };
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(provider, p -> p.maxInFlight(4))
                .provider(standby, p -> p.maxInFlight(4))
                .build()) {
            List<CompletableFuture<SendResult>> sends = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                sends.add(emails.sendAsync(email()));
            }
            sends.forEach(send ->
                    assertThat(send.orTimeout(30, TimeUnit.SECONDS).join()).isInstanceOf(SendResult.Accepted.class));

            assertThat(provider.attempts).hasSize(2_000);
            assertThat(standby.attempts).isEmpty();
        }
    }

    @Test
    @DisplayName("T16 more sends than may wait are refused, and nothing of them is sent")
    void refusesMoreThanMayWait() {
        CountDownLatch answer = new CountDownLatch(1);
        provider.script = waitingFor(answer);
        try (EmailService emails = EmailService.builder()
                .provider(provider, p -> p.maxInFlight(1))
                .maxQueued(2)
                .build()) {
            List<CompletableFuture<SendResult>> sends =
                    List.of(emails.sendAsync(email()), emails.sendAsync(email()), emails.sendAsync(email()));
            assertThatThrownBy(() -> emails.sendAsync(email())).isInstanceOf(RejectedExecutionException.class);
            answer.countDown();

            sends.forEach(CompletableFuture::join);
            assertThat(provider.attempts).hasSize(3);
        }
    }

    @Test
    @DisplayName("T2 an attempt that found no thread in time never begins")
    void anAttemptThatFoundNoThreadNeverBegins() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.execute(() -> {
            try {
                busy.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        provider.capabilities = Capabilities.builder().features(Feature.HEADERS).build();
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .executor(executor)
                .deadline(Duration.ofMillis(100))
                .build()) {
            SendResult result = emails.trySend(email());
            busy.countDown();
            executor.submit(() -> {}).get(10, TimeUnit.SECONDS);

            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(result.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.BUSY);
            assertThat(provider.attempts).isEmpty();
            assertThat(emails.providers().get(0).failed()).isZero();
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void namesTheProviderWhoseAttemptFailedAsTheOneThatWasLeft() {
        List<EmailEvent> events = new CopyOnWriteArrayList<>();
        ScriptedProvider busy = new ScriptedProvider("busy");
        busy.always(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(30))));
        provider.always(new Outcome.Unavailable("connection_refused", ""));
        try (EmailService emails = EmailService.builder()
                .provider(busy)
                .provider(provider)
                .provider(new ScriptedProvider("last"))
                .routing((email, eligible) -> eligible.stream()
                        .sorted(Comparator.comparing(
                                candidate -> List.of("only", "busy", "last").indexOf(candidate.name())))
                        .toList())
                .listener(events::add)
                .build()) {
            emails.trySend(email());
            heardOf(1, events);
            events.clear();
            emails.trySend(email());

            heardOf(1, events);
            assertThat(events)
                    .filteredOn(EmailEvent.FailedOver.class::isInstance)
                    .singleElement()
                    .isInstanceOfSatisfying(EmailEvent.FailedOver.class, over -> {
                        assertThat(over.from()).isEqualTo("only");
                        assertThat(over.to()).isEqualTo("last");
                    });
        }
    }
}
