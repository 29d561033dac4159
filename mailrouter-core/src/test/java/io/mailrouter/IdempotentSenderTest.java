package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IdempotentSenderTest {

    private static final Outcome UNKNOWN = new Outcome.Unknown("no_answer", "");
    private static final Outcome UNAVAILABLE = new Outcome.Unavailable("refused", "");
    private static final Outcome REJECTED = new Outcome.Rejected("bad", "");

    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");
    private final InMemoryIdempotencyStore store = InMemoryIdempotencyStore.create();
    private final List<EmailEvent.KeyClaimed> claims = new CopyOnWriteArrayList<>();
    private final List<EmailService> services = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        services.forEach(EmailService::close);
    }

    private EmailService service(IdempotencyStore with, Consumer<IdempotencySettings> use) {
        EmailService service = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second)
                .idempotency(with, use)
                .closeTimeout(Duration.ofSeconds(1))
                .listener(this::note)
                .build();
        services.add(service);
        return service;
    }

    private void note(EmailEvent event) {
        if (event instanceof EmailEvent.KeyClaimed claim) {
            claims.add(claim);
        }
    }

    private EmailService service() {
        return service(store, settings -> {});
    }

    /** Breakers that open early would leave all keys unsent now and then: here chance decides about each. */
    private EmailService unbreakable() {
        EmailService service = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second)
                .breaker(breaker -> breaker.consecutiveFailures(10_000).window(10_000, 10_000))
                .idempotency(store)
                .closeTimeout(Duration.ofSeconds(1))
                .build();
        services.add(service);
        return service;
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("canary-from@example.com")
                .to("canary-to@example.org")
                .subject("s")
                .text("t")
                .idempotencyKey("canary-key");
    }

    private void assertClaims(String... words) {
        await().untilAsserted(() ->
                assertThat(claims).extracting(EmailEvent.KeyClaimed::result).containsExactly(words));
    }

    private int calls() {
        return first.attempts.size() + second.attempts.size();
    }

    private Ticket ticket(String owner, Email email, Duration lease) {
        return new Ticket(Digest.ofKey(email.idempotencyKey()), Fingerprint.of(email), owner, lease);
    }

    @Test
    void answersARepetitionWithoutSending() {
        EmailService emails = service();
        SendResult.Accepted one = (SendResult.Accepted) emails.trySend(email().build());

        SendResult.Accepted two = (SendResult.Accepted) service().trySend(email().build());

        assertThat(calls()).isEqualTo(1);
        assertThat(one.trail().isRepeated()).isFalse();
        assertThat(two.trail().isRepeated()).isTrue();
        assertThat(two.trail().summary()).isEqualTo("repeated");
        assertThat(two.provider()).isEqualTo("first");
        assertThat(two.messageId()).isEqualTo(one.messageId());
        assertThat(two.trail().reference()).isEqualTo(one.trail().reference());
        await().untilAsserted(() -> assertThat(claims)
                .as("told by two services, each on a thread of its own")
                .extracting(EmailEvent.KeyClaimed::result)
                .containsExactlyInAnyOrder("granted", "sent"));
        assertThat(emails.isIdempotent()).isTrue();
    }

    @Test
    void passesAnEmailWithoutAKey() {
        EmailService emails = service();
        Email without = Email.builder()
                .from("a@example.com")
                .to("b@example.org")
                .text("t")
                .build();

        emails.send(without);
        emails.send(without);

        assertThat(calls()).isEqualTo(2);
        assertThat(claims).isEmpty();
        assertThat(store).hasToString("InMemoryIdempotencyStore[0 keys]");
    }

    @Test
    @DisplayName("X9 100 threads that send one key at once make one call and have one result")
    void oneCallForManyThreads() throws Exception {
        EmailService emails = service();
        CountDownLatch answer = new CountDownLatch(1);
        first.script = (email, context) -> {
            awaitQuietly(answer);
            return new Outcome.Accepted("m-1");
        };
        List<Future<SendResult>> sends = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sends.add(threads.submit(() -> emails.trySend(email().build())));
        }
        await().until(() -> calls() == 1);
        answer.countDown();

        int own = 0;
        for (Future<SendResult> send : sends) {
            SendResult.Accepted accepted = (SendResult.Accepted) send.get(30, TimeUnit.SECONDS);
            assertThat(accepted.messageId()).isEqualTo("m-1");
            assertThat(accepted.provider()).isEqualTo("first");
            own += accepted.trail().isRepeated() ? 0 : 1;
        }
        assertThat(calls()).isEqualTo(1);
        assertThat(own).isEqualTo(1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName("X13 a provider slower than the lease still sends once: the lease is renewed while it works")
    void renewsTheLeaseOfASlowProvider() throws Exception {
        EmailService slow = service(store, use -> use.lease(Duration.ofSeconds(2)));
        EmailService other = service(store, use -> use.lease(Duration.ofSeconds(2)));
        CountDownLatch answer = new CountDownLatch(1);
        first.script = (email, context) -> {
            awaitQuietly(answer);
            return new Outcome.Accepted("m-1");
        };
        Future<SendResult> one = threads.submit(() -> slow.trySend(email().build()));
        await().until(() -> calls() == 1);
        Future<SendResult> two = threads.submit(() -> other.trySend(email().build()));

        await().during(Duration.ofMillis(3_500)).atMost(Duration.ofSeconds(20)).until(() -> !two.isDone());
        answer.countDown();

        assertThat(one.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
        assertThat(two.get(30, TimeUnit.SECONDS)).isInstanceOfSatisfying(SendResult.Accepted.class, accepted -> {
            assertThat(accepted.messageId()).isEqualTo("m-1");
            assertThat(accepted.trail().isRepeated()).isTrue();
        });
        assertThat(calls()).isEqualTo(1);
    }

    @Test
    void waitsForAnotherNodeOnlyWhileThereWouldBeTimeToSend() {
        VirtualTime time = new VirtualTime();
        InMemoryIdempotencyStore timed = InMemoryIdempotencyStore.builder()
                .nanoTime(time.time().nanoTime())
                .build();
        Email email = email().deadline(Duration.ofMillis(400)).build();
        timed.begin(ticket("other-node", email, Duration.ofMinutes(5)), Duration.ZERO);
        EmailServiceBuilder builder = EmailService.builder()
                .time(time.time())
                .pause(time::pass)
                .provider(first)
                .idempotency(timed)
                .listener(this::note);
        try (EmailService emails = builder.build()) {
            SendResult.NotSent result = (SendResult.NotSent) emails.trySend(email);

            assertThat(result.code()).isEqualTo("in_flight_elsewhere");
            assertThat(result.trail().elapsed()).isBetween(Duration.ofMillis(1), Duration.ofMillis(300));
            assertThat(result.retryAt())
                    .hasValue(VirtualTime.START.plusNanos(1_000_000).plus(Duration.ofMinutes(5)));
        }
        assertThat(calls()).isZero();
        assertClaims("in_flight");
    }

    @Test
    void sendsAfterAnotherNodeThatDidNot() throws Exception {
        Email email = email().build();
        Ticket other = ticket("other-node", email, Duration.ofMinutes(5));
        store.begin(other, Duration.ZERO);
        Future<SendResult> send = threads.submit(() -> service().trySend(email));
        await().during(Duration.ofMillis(100)).until(() -> !send.isDone());

        store.settle(other, Settlement.of(KeyState.NOT_SENT, "", "", "x"), Duration.ZERO);

        assertThat(send.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
        assertThat(calls()).isEqualTo(1);
    }

    @Test
    void refusesAKeyThatStandsForAnotherEmail() {
        EmailService emails = service();
        emails.send(email().build());

        SendResult.Rejected result =
                (SendResult.Rejected) emails.trySend(email().subject("other").build());

        assertThat(result.code()).isEqualTo("key_reused");
        assertThat(calls()).isEqualTo(1);
        assertClaims("granted", "conflict");
    }

    @Test
    void refusesAKeyThatIsBeingSentForAnotherEmail() throws Exception {
        EmailService emails = service();
        CountDownLatch answer = new CountDownLatch(1);
        first.script = (email, context) -> {
            awaitQuietly(answer);
            return new Outcome.Accepted("m-1");
        };
        Future<SendResult> one = threads.submit(() -> emails.trySend(email().build()));
        await().until(() -> calls() == 1);

        assertThat(emails.trySend(email().subject("other").build()))
                .isInstanceOfSatisfying(
                        SendResult.Rejected.class,
                        rejected -> assertThat(rejected.code()).isEqualTo("key_reused"));
        answer.countDown();
        assertThat(one.get(30, TimeUnit.SECONDS)).isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    void freesAKeyThatWasNotSent() {
        EmailService emails = service();
        first.next(UNAVAILABLE);
        second.next(UNAVAILABLE);

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.NotSent.class);
        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
        assertClaims("granted", "granted");
    }

    @Test
    void remembersARefusalButTakesAMendedEmailUnderTheSameKey() {
        EmailService emails = service();
        first.next(REJECTED);

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Rejected.class);
        SendResult.Rejected again = (SendResult.Rejected) emails.trySend(email().build());
        assertThat(again.code()).isEqualTo("bad");
        assertThat(again.provider()).isEqualTo("first");
        assertThat(again.trail().isRepeated()).isTrue();
        assertThat(calls()).isEqualTo(1);

        assertThat(emails.trySend(email().text("mended").build())).isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    void keepsAKeyFreeThatNoProviderCouldCarry() {
        Email nobodys = email().onlyProviders("none").build();

        assertThat(service().trySend(nobodys)).isInstanceOf(SendResult.Rejected.class);
        assertThat(service().trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    void remembersWhoWasRefusedByPlaceInsteadOfAddress() {
        EmailService emails = service();
        Email email = email().cc("canary-cc@example.org").build();
        first.next(new Outcome.Partial(
                "m-1", List.of(new Outcome.Refusal(email.cc().get(0), "smtp_550", "no such user", false))));

        SendResult.PartlyAccepted one = (SendResult.PartlyAccepted) emails.trySend(email);
        SendResult.PartlyAccepted two = (SendResult.PartlyAccepted) emails.trySend(email);

        assertThat(calls()).isEqualTo(1);
        assertThat(two.recipients())
                .extracting(RecipientResult::recipient, RecipientResult::fate)
                .isEqualTo(one.recipients().stream()
                        .map(result -> Tuple.tuple(result.recipient(), result.fate()))
                        .toList());
        assertThat(two.notAccepted()).hasSize(1);
        assertThat(two.notAccepted().get(0).code()).isEqualTo("smtp_550");
        Claim.Settled known = (Claim.Settled) store.begin(ticket("asker", email, Duration.ofSeconds(1)), Duration.ZERO);
        assertThat(known.toString()).doesNotContain("canary").doesNotContain("example.org");
    }

    @Test
    void neverResendsAfterUnknownUnlessTheEmailSaysSo() {
        EmailService emails = service();
        first.next(UNKNOWN);
        emails.trySend(email().build());

        SendResult.Unknown again = (SendResult.Unknown) emails.trySend(email().build());

        assertThat(again.provider()).isEqualTo("first");
        assertThat(again.code()).isEqualTo("no_answer");
        assertThat(calls()).isEqualTo(1);
        assertClaims("granted", "ambiguous");
    }

    @Test
    void resendsThroughAnotherProviderWhereTheEmailAsksForIt() {
        EmailService emails = service();
        first.next(UNKNOWN);
        emails.trySend(email().build());

        SendResult.Accepted again = (SendResult.Accepted)
                emails.trySend(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

        assertThat(again.provider()).isEqualTo("second");
        assertThat(first.attempts).hasSize(1);
        assertClaims("granted", "retaken");
        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    void staysUnknownWhenTheResendFails() {
        EmailService emails = service();
        first.next(UNKNOWN);
        emails.trySend(email().build());
        second.next(UNAVAILABLE);

        SendResult.Unknown again = (SendResult.Unknown)
                emails.trySend(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

        assertThat(again.provider()).isEqualTo("first");
        assertThat(second.attempts).hasSize(1);
        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
        assertThat(calls()).isEqualTo(2);
    }

    @Test
    void resendsThroughTheSameProviderOnlyIfThatRecognisesRepetitions() {
        EmailService emails = service();
        first.next(UNKNOWN);
        emails.trySend(email().build());

        assertThat(emails.trySend(email().onAmbiguity(Ambiguity.RESEND_SAME).build()))
                .isInstanceOf(SendResult.Unknown.class);
        assertThat(calls()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "Q3 a key whose owner died in flight is unknown after its lease, and not sent again unless the email says so")
    void aDeadOwnersKeyIsUnknown() {
        Email email = email().build();
        store.begin(ticket("dead", email, Duration.ofMillis(1)), Duration.ZERO);
        EmailService emails = service();

        SendResult.Unknown result = (SendResult.Unknown) emails.trySend(email);
        assertThat(result.code()).isEqualTo("lease_ended");
        assertThat(calls()).isZero();

        assertThat(emails.trySend(email().onAmbiguity(Ambiguity.RESEND_OTHER).build()))
                .isInstanceOf(SendResult.Accepted.class);
    }

    @Test
    void holdsTheKeyOfADefectAsUnknown() {
        Sender broken = email -> {
            throw new IllegalStateException("defect");
        };
        IdempotentSender sender = sender(broken, store);

        org.assertj.core.api.Assertions.assertThatThrownBy(() -> sender.send(email().build()))
                .isInstanceOf(IllegalStateException.class);
        assertThat(sender.send(email().build()).result()).isInstanceOf(SendResult.Unknown.class);
    }

    private IdempotentSender sender(Sender next, IdempotencyStore with) {
        Time time = Time.system();
        Seldom seldom = new Seldom(time);
        Keys keys = new Keys(with, new IdempotencySettings(), Duration.ofSeconds(30), threads, time);
        RoutingSender.Limits limits = new RoutingSender.Limits(
                Duration.ofSeconds(30), 3, Duration.ofSeconds(5), Duration.ofSeconds(30), Ambiguity.STOP);
        return new IdempotentSender(
                next,
                keys,
                new IdempotentSender.Rules(
                        limits,
                        StoreFailure.SEND,
                        List.of("first", "second"),
                        name -> Optional.of(Duration.ofMinutes(10))),
                event -> {},
                new IdempotentSender.Around(
                        time, new Random(1), wait -> TimeUnit.NANOSECONDS.sleep(wait.toNanos()), seldom));
    }

    private static Trail trail() {
        return new Trail("mr1", List.of(), List.of(), Duration.ZERO);
    }

    private static SendResult unknown() {
        return new SendResult.Unknown("first", "deadline", "", trail());
    }

    @Test
    @DisplayName("P26 a call that ends after the deadline was reported settles its key; nobody is called twice")
    void aLateAnswerSettlesTheKey() {
        CompletableFuture<SendResult> late = new CompletableFuture<>();
        List<Email> sent = new ArrayList<>();
        IdempotentSender sender = sender(
                email -> {
                    sent.add(email);
                    return new Sent(unknown(), Optional.of(late));
                },
                store);
        assertThat(sender.send(email().build()).result()).isInstanceOf(SendResult.Unknown.class);
        assertThat(sender.send(email().build()).result()).isInstanceOf(SendResult.Unknown.class);

        late.complete(new SendResult.Accepted("first", "m-late", trail()));

        assertThat(sender.send(email().build()).result())
                .isInstanceOfSatisfying(
                        SendResult.Accepted.class,
                        accepted -> assertThat(accepted.messageId()).isEqualTo("m-late"));
        assertThat(sent).hasSize(1);
    }

    @Test
    @DisplayName("P26 a call that turns out late not to have sent frees its key")
    void aLateNotSentFreesTheKey() {
        CompletableFuture<SendResult> late = new CompletableFuture<>();
        List<Email> sent = new ArrayList<>();
        IdempotentSender sender = sender(
                email -> {
                    sent.add(email);
                    return new Sent(unknown(), Optional.of(late));
                },
                store);
        sender.send(email().build());
        late.complete(new SendResult.NotSent("refused", "", Optional.empty(), trail()));

        sender.send(email().build());
        assertThat(sent).hasSize(2);
    }

    @Test
    void resendsThroughTheSameProviderWithinItsWindow() {
        List<Email> sent = new ArrayList<>();
        IdempotentSender sender = sender(
                email -> {
                    sent.add(email);
                    return Sent.of(unknown());
                },
                store);
        sender.send(email().build());

        sender.send(email().onAmbiguity(Ambiguity.RESEND_SAME).build());

        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).deniedProviders()).containsExactly("second");
    }

    @Test
    void anEmailThatTravelsWithOthersDoesNotWait() {
        Email email = email().build();
        store.begin(ticket("other-node", email, Duration.ofMinutes(5)), Duration.ZERO);
        IdempotentSender sender = sender(e -> Sent.of(unknown()), store);

        Passage passage = sender.beginNow(email);

        assertThat(passage)
                .isInstanceOfSatisfying(
                        Passage.Answered.class,
                        answered -> assertThat(answered.sent().result()).isInstanceOf(SendResult.NotSent.class));
    }

    @Test
    @DisplayName("P26 a hung provider's late acceptance settles the key that its caller was told is unknown")
    void aHungProvidersLateAcceptanceSettlesTheKey() {
        CountDownLatch answer = new CountDownLatch(1);
        first.capabilities = Capabilities.builder().features(Feature.values()).build(); // keeps no deadline
        first.script = (email, context) -> {
            awaitQuietly(answer);
            return new Outcome.Accepted("m-late");
        };
        EmailService emails = service();
        Email email = email().deadline(Duration.ofSeconds(1)).build();

        assertThat(emails.trySend(email))
                .isInstanceOfSatisfying(
                        SendResult.Unknown.class,
                        unknown -> assertThat(unknown.code()).isEqualTo("deadline_pending"));
        assertThat(emails.trySend(email)).isInstanceOf(SendResult.Unknown.class);
        answer.countDown();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(emails.trySend(email))
                        .isInstanceOfSatisfying(
                                SendResult.Accepted.class,
                                accepted -> assertThat(accepted.messageId()).isEqualTo("m-late")));
        assertThat(calls()).isEqualTo(1);
    }

    @Test
    @DisplayName("T7 X9 two services with one store send each key once, whatever the providers answer by chance")
    void neverSendsAKeyTwice() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("IdempotentSenderTest seed " + seed);
        Map<String, Queue<Outcome>> perhapsSent = new ConcurrentHashMap<>();
        Random answers = new Random(seed);
        ScriptedProvider.Script script = (email, context) -> {
            Outcome outcome = List.of(
                            new Outcome.Accepted("m-" + answers.nextLong()),
                            UNKNOWN,
                            UNAVAILABLE,
                            UNAVAILABLE,
                            UNAVAILABLE)
                    .get(answers.nextInt(5));
            if (!outcome.surelyNotSent()) {
                perhapsSent
                        .computeIfAbsent(email.subject(), key -> new ConcurrentLinkedQueue<>())
                        .add(outcome);
            }
            return outcome;
        };
        first.script = script;
        second.script = script;
        List<EmailService> both = List.of(unbreakable(), unbreakable());
        Map<String, Queue<String>> accepted = new ConcurrentHashMap<>();
        List<Future<?>> senders = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Random random = new Random(seed + i + 1);
            senders.add(threads.submit(() -> {
                for (int n = 0; n < 60; n++) {
                    String key = "k" + random.nextInt(100);
                    SendResult result = both.get(random.nextInt(2))
                            .trySend(email().subject(key).idempotencyKey(key).build());
                    if (result instanceof SendResult.Accepted one) {
                        accepted.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>())
                                .add(one.messageId());
                    }
                }
            }));
        }
        for (Future<?> sender : senders) {
            sender.get(50, TimeUnit.SECONDS);
        }

        assertThat(perhapsSent)
                .as("seed " + seed)
                .isNotEmpty()
                .allSatisfy((key, outcomes) -> assertThat(outcomes).hasSize(1));
        assertThat(accepted)
                .as("seed " + seed)
                .isNotEmpty()
                .allSatisfy((key, ids) -> assertThat(Set.copyOf(ids)).hasSize(1));
    }
}
