package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Sending.Ended;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the router relies on in every provider, as tests whose names are its sentences.
 *
 * <p>A provider's own test extends it and says how to reach a stand-in for the service ({@link #service()}) and how to
 * make the provider ({@link #provider(java.net.URI, String)}). What a provider may leave out, such as a {@link
 * io.mailrouter.email.Feature} or a probe, ends as an aborted test with the reason, and so does a {@link Fault} that the service
 * does not know.
 *
 * <p>It writes {@code target/requests-per-send/<name>.md}: how many requests the service saw for one send, in each
 * failure.
 */
@Timeout(120)
public abstract class EmailProviderContract extends ProbeSentences {

    private static final int THREADS = 100;
    private static final String DEFECT = "defect: ";
    private static final String NAME = "[a-z0-9][a-z0-9-]{0,62}";

    @Test
    @DisplayName("one call makes at most one request that could be accepted, in every failure")
    void oneCallMakesOneRequest() {
        RequestsPerSend table = new RequestsPerSend(provider.name());
        // The quick failures first: until the count, a request that is repeated in the background has time to come.
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        Collections.reverse(faults);
        List<Played> played = new ArrayList<>();
        try {
            for (Fault fault : faults) {
                played.add(new Played(fault, this));
            }
            played.forEach(one -> one.addTo(table));
        } finally {
            played.forEach(Played::close);
        }
        table.write();

        assertThat(table.counts())
                .as(table.toString())
                .allSatisfy(
                        (fault, count) -> assertThat(count).as(fault.words()).isLessThanOrEqualTo(1));
        assertThat(table.counts()).containsEntry(Fault.NONE, 1);
        assertThat(table.toString()).doesNotContain(DEFECT);
    }

    /** A failure that a provider of its own has met; both stay open until the requests are counted. */
    private static final class Played implements AutoCloseable {

        private final Fault fault;
        private final ServiceStandIn service;
        private final EmailProvider provider;
        private final String came;

        Played(Fault fault, EmailProviderContract contract) {
            this.fault = fault;
            service = contract.service();
            provider = contract.provider(service.url(), CREDENTIAL);
            came = service.behave(fault) ? send(contract) : "";
        }

        private String send(EmailProviderContract contract) {
            try {
                Attempt.Context context = contract.context(fault == Fault.NONE ? LONG : SHORT);
                Outcome outcome = call(provider, email().build(), context).outcome();
                return outcome.word() + " (" + outcome.code() + ")";
            } catch (AssertionError defect) {
                return DEFECT + defect.getMessage() + (defect.getCause() == null ? "" : ": " + defect.getCause());
            }
        }

        void addTo(RequestsPerSend table) {
            if (came.isEmpty()) {
                table.skip(fault);
            } else {
                table.add(fault, service.attempts(), came);
            }
        }

        @Override
        public void close() {
            provider.close();
            service.close();
        }
    }

    @Test
    @DisplayName("after an Unknown, the next email gets its own answer")
    void theNextEmailGetsItsOwnAnswer() {
        connect();
        for (Fault fault : List.of(Fault.SILENT_AFTER_TAKING, Fault.DRIPS, Fault.RESETS_AFTER_TAKING)) {
            when(fault);
            assertThat(send(email().build(), SHORT)).as(fault.words()).isInstanceOf(Unknown.class);
            when(Fault.NONE);
            Outcome next = send();

            assertThat(next).as("after " + fault.words()).isInstanceOf(Accepted.class);
            assertThat(next).as("after " + fault.words()).isEqualTo(new Accepted(last().messageId()));
        }
    }

    @Test
    @DisplayName("its name is well-formed and always the same")
    void theNameIsConstant() {
        String name = provider.name();

        assertThat(name).matches(NAME);
        send();
        assertThat(provider.name()).isEqualTo(name);
    }

    @Test
    @DisplayName("its capabilities and its name are answered from memory, and are always the same")
    void capabilitiesAreAnsweredFromMemory() {
        Capabilities before = provider.capabilities();
        when(Fault.REFUSES_CONNECTIONS);
        long start = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            Capabilities again = provider.capabilities();
            assertThat(again.features()).isEqualTo(before.features());
            assertThat(again.maxRecipients()).isEqualTo(before.maxRecipients());
            assertThat(again.maxBytes()).isEqualTo(before.maxBytes());
            assertThat(again.honoursDeadline()).isEqualTo(before.honoursDeadline());
            assertThat(provider.name()).isNotEmpty();
        }
        assertThat(System.nanoTime() - start).isLessThan(GRACE.toNanos());
    }

    @Test
    @DisplayName("T2 with no time left nothing is sent")
    void withNoTimeLeftNothingIsSent() {
        Outcome outcome = send(email().build(), Duration.ZERO);

        assertThat(outcome.surelyNotSent()).as("surely not sent: %s", outcome).isTrue();
        assertThat(service.attempts()).isZero();
    }

    @Test
    @DisplayName("T3 an interrupt before the attempt is kept, and nobody is told wrongly")
    void anInterruptBeforeIsKept() {
        Ended ended = Sending.startInterrupted(provider, email().build(), context(LONG))
                .within(LONG.plus(GRACE), "its start on an interrupted thread");

        assertThat(ended.interrupted()).as("the flag is kept").isTrue();
        if (ended.outcome().surelyNotSent()) {
            assertThat(service.accepted())
                    .as("accepted, although the outcome is %s", ended.outcome())
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("T3 an interrupt during the attempt ends it, is kept, and the outcome is Unknown")
    void anInterruptDuringEndsTheAttempt() {
        when(Fault.SILENT_AFTER_TAKING);
        Sending sending = Sending.start(provider, email().build(), context(LONG));
        Eventually.holds(
                "the request has come, or the attempt has ended",
                () -> service.accepted().size() == 1 || sending.hasEnded());
        sending.interrupt();
        Ended ended = sending.within(GRACE, "an interrupt");

        assertThat(ended.outcome()).isInstanceOf(Unknown.class);
        assertThat(ended.interrupted()).as("the flag is kept").isTrue();
    }

    @Test
    @DisplayName("100 threads may share it: each email arrives once, with its own reference, and gets its own id")
    void oneHundredThreadsShareIt() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        Map<String, String> ids = new HashMap<>();
        try {
            CountDownLatch begin = new CountDownLatch(1);
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 3 * THREADS; i++) {
                outcomes.add(threads.submit(numbered(i, begin)));
            }
            begin.countDown();
            for (int i = 0; i < outcomes.size(); i++) {
                Outcome outcome = outcomes.get(i).get(60, TimeUnit.SECONDS);
                assertThat(outcome)
                        .as(
                                "of one email among %d at once, for which a connect time-out has to be long enough",
                                THREADS)
                        .isInstanceOf(Accepted.class);
                ids.put(((Accepted) outcome).messageId(), "number " + i);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(service.accepted()).hasSize(3 * THREADS).allSatisfy(email -> {
            assertThat(email.subject()).isEqualTo(ids.get(email.messageId()));
            assertThat(email.text().strip()).isEqualTo("text of " + email.subject());
            assertThat(email.reference()).isEqualTo(email.subject().replace(' ', '-'));
        });
    }

    private Callable<Outcome> numbered(int i, CountDownLatch begin) {
        Email email = email().subject("number " + i).text("text of number " + i).build();
        return () -> {
            begin.await();
            long end = System.nanoTime() + LONG.toNanos();
            return provider.send(email, new Attempt.Context("number-" + i, 1, end, System::nanoTime));
        };
    }

    @Test
    @DisplayName("C10 C11 nothing personal or secret is logged, told in an outcome, or shown by toString")
    void nothingPersonalOrSecretIsTold() {
        List<String> canaries = List.of(
                CREDENTIAL,
                "canary-ada",
                "canary-subject",
                "canary-text",
                "canary-html",
                "canary-reply",
                "canary-header",
                "canary-value");
        EmailBuilder builder = Email.builder()
                .from("Shop <shop@example.com>")
                .to("canary-ada@example.org")
                .subject("canary-subject")
                .text("canary-text")
                .html("canary-html")
                .replyTo("canary-reply@example.com");
        Set<Feature> carries = provider.capabilities().features();
        if (carries.contains(Feature.HEADERS)) {
            builder.header("X-Canary", "canary-header");
        }
        if (carries.contains(Feature.METADATA)) {
            builder.metadata("canary", "canary-value");
        }
        Email email = builder.build();
        List<String> told = new ArrayList<>();
        try (LogLines logs = logs().orElseThrow(() -> aborted("logs() says not how to listen"))) {
            for (Fault fault : List.of(
                    Fault.NONE,
                    Fault.UNAUTHORIZED,
                    Fault.REJECTS,
                    Fault.GATEWAY_ERROR,
                    Fault.EMPTY_SUCCESS,
                    Fault.SILENT,
                    Fault.RESETS_AFTER_BODY,
                    Fault.REFUSES_CONNECTIONS)) {
                if (service.behave(fault)) {
                    told.add(send(email, SHORT).toString());
                }
            }
            told.add(provider.toString());
            told.addAll(threads().stream().map(Thread::getName).toList());
            told.addAll(logs.lines());
        }

        assertThat(told).allSatisfy(line -> assertThat(line).doesNotContain(canaries));
    }

    @Test
    @DisplayName("T4 close leaves no thread and no connection, and may be called twice")
    void closeLeavesNothing() {
        Set<Thread> before = threads();
        sendAndClose();

        Eventually.holds(
                () -> "threads that close() left behind: " + left(before),
                () -> left(before).isEmpty());
        Eventually.holds(
                () -> "connections that close() left open: " + service.openConnections(),
                () -> service.openConnections() == 0);
    }

    /** In a method of its own, so that nothing but the provider's own threads holds on to it afterwards. */
    private void sendAndClose() {
        EmailProvider other = provider(service.url(), CREDENTIAL);
        call(other, email().build(), context(LONG));
        when(Fault.SILENT);
        call(other, email().build(), context(SHORT));
        other.close();
        other.close();
    }

    private static Set<Thread> threads() {
        return Set.copyOf(Thread.getAllStackTraces().keySet());
    }

    /** Threads of the provider: not of a stand-in, nor of the JVM itself. */
    private static List<String> left(Set<Thread> before) {
        // A client of the JDK before 21 cannot be closed; its thread ends when the client was collected.
        System.gc();
        return threads().stream()
                .filter(thread -> !before.contains(thread) && thread.isAlive())
                .filter(thread -> !thread.getName().startsWith("mailrouter-loopback"))
                .filter(thread -> {
                    ThreadGroup group = thread.getThreadGroup();
                    return group != null
                            && !"system".equals(group.getName())
                            && !"InnocuousThreadGroup".equals(group.getName());
                })
                .map(Thread::getName)
                .toList();
    }
}
