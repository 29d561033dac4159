package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.SendTracer;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendTracerTest {

    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");
    private final Recording tracer = new Recording();
    private final List<String> duringCalls = new CopyOnWriteArrayList<>();

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .provider(first)
                .provider(second)
                .routing(Routing.inOrder())
                .tracer(tracer);
    }

    /** Answers, and notes what was current while it was called. */
    private ScriptedProvider.Script noting(Outcome outcome) {
        return (email, context) -> {
            duringCalls.add(tracer.path());
            return outcome;
        };
    }

    private static Capabilities doesNotHonourDeadline() {
        return Capabilities.builder().build();
    }

    /** Spans as paths, such as {@code request/send/attempt first}. */
    private static final class Recording implements SendTracer {

        private final ThreadLocal<String> current = ThreadLocal.withInitial(() -> "");
        final List<String> ended = new CopyOnWriteArrayList<>();
        final List<String> abandoned = new CopyOnWriteArrayList<>();
        final ConcurrentHashMap<Thread, String> open = new ConcurrentHashMap<>();

        String path() {
            return current.get();
        }

        @Override
        public Span<EmailEvent.SendEnded> send() {
            return new PathSpan<>("send");
        }

        @Override
        public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
            return new PathSpan<>("attempt " + number + " " + provider);
        }

        @Override
        public Supplier<Scope> here() {
            String path = current.get();
            return () -> entered(path);
        }

        Scope entered(String path) {
            Thread thread = Thread.currentThread();
            String before = current.get();
            current.set(path);
            open.put(thread, path);
            return () -> {
                assertThat(Thread.currentThread()).isSameAs(thread);
                current.set(before);
                open.remove(thread);
                if (!before.isEmpty()) {
                    open.put(thread, before);
                }
            };
        }

        private final class PathSpan<E extends EmailEvent> implements Span<E> {

            private final String path;

            PathSpan(String name) {
                String parent = current.get();
                path = parent.isEmpty() ? name : parent + '/' + name;
            }

            @Override
            public Scope enter() {
                return entered(path);
            }

            @Override
            public void end(E event) {
                String end = event instanceof EmailEvent.SendEnded send
                        ? send.result() + " by " + send.provider()
                        : ((EmailEvent.AttemptEnded) event).code();
                ended.add(path + " -> " + end);
            }

            @Override
            public void abandon() {
                abandoned.add(path);
            }
        }
    }

    @Test
    void theSpanOfAnAttemptIsCurrentDuringTheCallAndPartOfTheSend() {
        first.script = noting(new Outcome.Unavailable("connection_refused", ""));
        second.script = noting(new Outcome.Accepted("m"));
        try (EmailService emails = service().build()) {
            emails.send(email());
        }

        assertThat(duringCalls).containsExactly("send/attempt 1 first", "send/attempt 2 second");
        assertThat(tracer.ended)
                .containsExactly(
                        "send/attempt 1 first -> connection_refused",
                        "send/attempt 2 second -> accepted",
                        "send -> accepted by second");
        assertThat(tracer.abandoned).isEmpty();
        assertThat(tracer.open).isEmpty();
    }

    @Test
    void theSpanGoesAlongToTheThreadOfAProviderThatMayHang() {
        Thread sender = Thread.currentThread();
        first.capabilities = doesNotHonourDeadline();
        first.script = (email, context) -> {
            duringCalls.add(tracer.path() + (Thread.currentThread() == sender ? " here" : " elsewhere"));
            return new Outcome.Accepted("m");
        };
        try (EmailService emails = service().build()) {
            emails.send(email());

            await().until(tracer.open::isEmpty);
        }

        assertThat(duringCalls).containsExactly("send/attempt 1 first elsewhere");
        assertThat(tracer.ended).containsExactly("send/attempt 1 first -> accepted", "send -> accepted by first");
    }

    @Test
    void aCallThatOutlastsItsAttemptLeavesTheSpanThatHasEndedLater() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        VirtualTime time = new VirtualTime();
        LateExecutor executor = new LateExecutor(time, Duration.ofMinutes(1));
        first.capabilities = doesNotHonourDeadline();
        first.script = (email, context) -> {
            executor.begun();
            try {
                answer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new Outcome.Accepted("late");
        };
        try (EmailService emails =
                service().time(time.time()).executor(executor).build()) {
            assertThat(emails.trySend(email())).isInstanceOf(SendResult.Unknown.class);

            assertThat(tracer.ended)
                    .containsExactly("send/attempt 1 first -> deadline_pending", "send -> unknown by first");
            assertThat(tracer.open).containsValue("send/attempt 1 first");
            answer.countDown();
            await().until(tracer.open::isEmpty);
        }
        executor.shutdown();
    }

    @Test
    void sendsOnOtherThreadsStayPartOfWhatTheirCallerDoes() throws Exception {
        first.script = noting(new Outcome.Accepted("m"));
        try (EmailService emails = service().build()) {
            SendTracer.Scope request = tracer.entered("request");
            emails.sendAsync(email()).get(20, TimeUnit.SECONDS);
            emails.sendAll(List.of(email(), email()));
            request.close();
            emails.sendAsync(email()).get(20, TimeUnit.SECONDS);
        }

        assertThat(duringCalls)
                .containsExactlyInAnyOrder(
                        "request/send/attempt 1 first",
                        "request/send/attempt 1 first",
                        "request/send/attempt 1 first",
                        "send/attempt 1 first");
    }

    @Test
    void oneRequestWithManyEmailsIsOneAttempt() {
        ScriptedBulkProvider bulk = new ScriptedBulkProvider("bulk");
        try (EmailService emails =
                EmailService.builder().provider(bulk).tracer(tracer).build()) {
            List<Email> three = IntStream.range(0, 3).mapToObj(i -> email()).toList();

            assertThat(emails.sendAll(three, Bulk.ALLOWED)).hasSize(3);
        }

        assertThat(bulk.requests).hasSize(1);
        assertThat(tracer.ended).containsExactly("attempt 1 bulk -> accepted");
    }

    @Test
    void anAttemptThatFindsNoThreadIsAbandoned() {
        first.capabilities = doesNotHonourDeadline();
        second.script = noting(new Outcome.Accepted("m"));
        ExecutorService never = Executors.newSingleThreadExecutor();
        never.shutdown();
        try (EmailService emails = service().executor(never).build()) {
            assertThat(emails.send(email()).provider()).isEqualTo("second");
        }

        assertThat(tracer.abandoned).containsExactly("send/attempt 1 first");
        assertThat(tracer.ended).contains("send -> accepted by second");
    }

    @Test
    void aSendThatADefectEndsIsAbandoned() {
        Sender broken = email -> {
            throw new IllegalStateException("defect");
        };
        ObservedSender sender = new ObservedSender(broken, event -> {}, tracer, Time.system());

        assertThatThrownBy(() -> sender.send(email())).hasMessage("defect");
        assertThat(tracer.abandoned).containsExactly("send");
        assertThat(tracer.open).isEmpty();
    }

    @Test
    @DisplayName("T9 a tracer that throws, even an Error, or has nothing to answer changes nothing")
    void aTracerThatThrowsChangesNothing() {
        for (SendTracer hostile : List.of(new Throwing(), new Empty(), new ThrowingSpans())) {
            try (EmailService emails = EmailService.builder()
                    .provider(first)
                    .provider(second)
                    .tracer(hostile)
                    .build()) {
                assertThat(emails.send(email()).provider()).isEqualTo("first");
                assertThat(emails.sendAsync(email()).join()).isInstanceOf(SendResult.Accepted.class);
                assertThat(emails.providers()).allMatch(p -> p.failed() == 0);
            }
        }
    }

    private static final class Throwing implements SendTracer {

        @Override
        public Span<EmailEvent.SendEnded> send() {
            throw new AssertionError("tracer");
        }

        @Override
        public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
            throw new IllegalStateException("tracer");
        }

        @Override
        public Supplier<Scope> here() {
            throw new StackOverflowError("tracer");
        }
    }

    @SuppressWarnings("NullAway")
    private static final class Empty implements SendTracer {

        @Override
        public Span<EmailEvent.SendEnded> send() {
            return null;
        }

        @Override
        public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
            return null;
        }

        @Override
        public Supplier<Scope> here() {
            return () -> null;
        }
    }

    private static final class ThrowingSpans implements SendTracer {

        @Override
        public Span<EmailEvent.SendEnded> send() {
            return new ThrowingSpan<>();
        }

        @Override
        public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
            return new ThrowingSpan<>();
        }
    }

    private static final class ThrowingSpan<E extends EmailEvent> implements SendTracer.Span<E> {

        @Override
        public SendTracer.Scope enter() {
            return () -> {
                throw new IllegalStateException("scope");
            };
        }

        @Override
        public void end(E event) {
            throw new AssertionError("end");
        }

        @Override
        public void abandon() {
            throw new IllegalStateException("abandon");
        }
    }
}
