package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BulkSenderTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");
    private static final Outcome TIMED_OUT = new Outcome.Unknown("timeout", "");
    private static final Outcome BAD = new Outcome.Rejected("bad_recipient", "");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedBulkProvider first = new ScriptedBulkProvider("first");
    private final ScriptedBulkProvider second = new ScriptedBulkProvider("second");
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();
    private final EmailServiceBuilder builder = EmailService.builder()
            .routing(Routing.inOrder())
            .time(time.time())
            .random(new Random(1))
            .provider(first)
            .provider(second)
            .listener(events::add);
    private Optional<EmailService> service = Optional.empty();

    @AfterEach
    void close() {
        service.ifPresent(EmailService::close);
    }

    private EmailService service() {
        if (service.isEmpty()) {
            service = Optional.of(builder.build());
        }
        return service.get();
    }

    private static EmailBuilder email(String name) {
        return Email.builder()
                .from("shop@example.com")
                .to(name + "@example.org")
                .text("hello");
    }

    private static List<Email> emails(int count) {
        return IntStream.range(0, count).mapToObj(i -> email("u" + i).build()).toList();
    }

    private List<SendResult> sendAll(List<Email> emails) {
        return service().sendAll(emails, Bulk.ALLOWED);
    }

    /** All events: a close waits for the listeners. */
    private List<EmailEvent> heard() {
        service().close();
        return events;
    }

    private static boolean isTo(Email email, String name) {
        return email.to().get(0).localPart().equals(name);
    }

    @Test
    void emailsAlikeTravelInOneRequestAndEachHasItsResultAndReference() {
        List<SendResult> results = sendAll(emails(7));

        assertThat(first.requests)
                .hasSize(2)
                .allSatisfy(request -> assertThat(request).hasSize(3));
        assertThat(first.single.attempts).hasSize(1);
        assertThat(results).hasSize(7).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(results.subList(0, 6))
                .extracting(result -> ((SendResult.Accepted) result).messageId())
                .containsExactly("b-u0", "b-u1", "b-u2", "b-u3", "b-u4", "b-u5");
        assertThat(results).extracting(result -> result.trail().reference()).doesNotHaveDuplicates();
        List<String> handedOver = new ArrayList<>();
        first.requests.forEach(request -> request.forEach(entry -> handedOver.add(entry.reference())));
        assertThat(results).extracting(result -> result.trail().reference()).containsAll(handedOver);
        assertThat(results)
                .allSatisfy(result -> assertThat(result.trail().attempts()).hasSize(1));
    }

    @Test
    void bulkIsOffByDefault() {
        assertThat(service().sendAll(emails(4))).hasSize(4).allMatch(SendResult.Accepted.class::isInstance);

        assertThat(first.requests).isEmpty();
        assertThat(first.single.attempts).hasSize(4);
    }

    @Test
    void unlikeEmailsGoByThemselves() {
        List<SendResult> results = sendAll(List.of(
                email("a").build(),
                email("b").tag("x").build(),
                email("c").cc("d@example.org").build(),
                email("e").build()));

        assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(first.requests).hasSize(1);
        assertThat(first.requests.get(0))
                .extracting(entry -> entry.email().to().get(0).localPart())
                .containsExactly("a", "e");
        assertThat(first.single.attempts).hasSize(2);
    }

    @Test
    @DisplayName("P20 of a request only the entries that were surely not sent go on, the others keep their outcome")
    void onlySurelyUnsentEntriesGoOn() {
        first.most = 10;
        second.most = 10;
        Outcome unverified = new Outcome.Misconfigured("identity", "", Outcome.Scope.REQUEST);
        first.each(email -> isTo(email, "u0")
                ? new Outcome.Accepted("m-0")
                : isTo(email, "u1") ? BAD : isTo(email, "u2") ? TIMED_OUT : isTo(email, "u3") ? unverified : REFUSED);

        List<SendResult> results = sendAll(emails(5));

        assertThat(results.get(0)).isInstanceOf(SendResult.Accepted.class);
        assertThat(results.get(1)).isInstanceOf(SendResult.Rejected.class);
        assertThat(results.get(2)).isInstanceOf(SendResult.Unknown.class);
        assertThat(results.get(3))
                .extracting(r -> ((SendResult.Accepted) r).provider())
                .isEqualTo("second");
        assertThat(results.get(4))
                .extracting(r -> ((SendResult.Accepted) r).provider())
                .isEqualTo("second");
        assertThat(second.requests).hasSize(1);
        assertThat(second.requests.get(0)).hasSize(2);
        assertThat(second.single.attempts).isEmpty();
        assertThat(results.get(4).trail().attempts())
                .extracting(Attempt::provider, Attempt::number, Attempt::outcome)
                .containsExactly(tuple("first", 1, REFUSED), tuple("second", 2, new Outcome.Accepted("b-u4")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"throws", "null", "short", "null entry"})
    @DisplayName("P25 a provider that throws or answers for another number leaves every entry unknown")
    void aBrokenAnswerLeavesAllUnknown(String defect) {
        first.script = (entries, context) -> switch (defect) {
            case "throws" -> throw new IllegalStateException("canary@example.org");
            case "null" -> nothing();
            case "short" -> List.of(new Outcome.Accepted("m"));
            default -> Collections.nCopies(entries.size(), nothing());
        };

        List<SendResult> results = sendAll(emails(3));

        assertThat(results).hasSize(3).allSatisfy(result -> {
            assertThat(result).isInstanceOf(SendResult.Unknown.class);
            assertThat(result.trail().summary()).doesNotContain("canary");
        });
        assertThat(first.requests).hasSize(1);
        assertThat(first.single.attempts).isEmpty();
        assertThat(second.requests).isEmpty();
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    @DisplayName(
            "P25 P26 a provider that keeps no deadline leaves every entry unknown at it, and each hears the late result")
    void aHangLeavesAllUnknownAtTheDeadline() throws Exception {
        first.single.capabilities = Capabilities.builder().build();
        CountDownLatch end = new CountDownLatch(1);
        first.script = (entries, context) -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Collections.nCopies(entries.size(), new Outcome.Accepted("late"));
        };
        builder.deadline(Duration.ofSeconds(1)).time(Time.system());

        List<SendResult> results = sendAll(emails(2));
        end.countDown();

        assertThat(results)
                .allSatisfy(result -> assertThat(result)
                        .isInstanceOfSatisfying(
                                SendResult.Unknown.class,
                                unknown -> assertThat(unknown.code()).isEqualTo("deadline_pending")));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(lateResults())
                        .extracting(EmailEvent.LateResult::reference, EmailEvent.LateResult::outcome)
                        .containsExactlyInAnyOrder(
                                tuple(results.get(0).trail().reference(), "accepted"),
                                tuple(results.get(1).trail().reference(), "accepted")));
    }

    private List<EmailEvent.LateResult> lateResults() {
        return events.stream()
                .filter(EmailEvent.LateResult.class::isInstance)
                .map(EmailEvent.LateResult.class::cast)
                .toList();
    }

    @Test
    @DisplayName(
            "T2 emails alike for two providers: a request that uses up the time begins no other, and holds none up")
    void noRequestBeginsWithoutTime() {
        first.single.capabilities = onlyFor("u0", "u1");
        second.single.capabilities = onlyFor("u2", "u3");
        builder.deadline(Duration.ofSeconds(30));
        CountDownLatch secondIsAsked = new CountDownLatch(1);
        AtomicBoolean besideEachOther = new AtomicBoolean();
        second.script = (entries, context) -> {
            assertThat(context.remaining()).isPositive();
            secondIsAsked.countDown();
            return Collections.nCopies(entries.size(), new Outcome.Accepted("m"));
        };
        first.script = (entries, context) -> {
            besideEachOther.set(awaitQuietly(secondIsAsked));
            time.pass(context.remaining());
            return Collections.nCopies(entries.size(), TIMED_OUT);
        };
        first.most = second.most = 10;

        List<SendResult> results = sendAll(emails(4));

        assertThat(besideEachOther).isTrue();
        assertThat(results).extracting(SendResult::word).containsExactly("unknown", "unknown", "accepted", "accepted");
    }

    private static boolean awaitQuietly(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Capabilities onlyFor(String... names) {
        return Capabilities.builder()
                .honoursDeadline()
                .needs(
                        "a known recipient",
                        email -> List.of(names).contains(email.to().get(0).localPart()))
                .build();
    }

    @Test
    void anUnknownRequestIsResentOnlyIfTheEmailsSaySo() {
        first.each(email -> TIMED_OUT);
        List<Email> resend = List.of(
                email("a").onAmbiguity(Ambiguity.RESEND_OTHER).build(),
                email("b").onAmbiguity(Ambiguity.RESEND_OTHER).build());

        assertThat(sendAll(emails(2))).allMatch(SendResult.Unknown.class::isInstance);
        assertThat(second.requests).isEmpty();
        assertThat(sendAll(resend)).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(second.requests).hasSize(1);
    }

    @Test
    @DisplayName("P15 one bad email does not take along those that travel with it")
    void aRequestRefusedAsAWholeIsSplit() {
        first.each(email -> BAD);
        first.single.script = (email, context) -> isTo(email, "u1") ? BAD : new Outcome.Accepted("m");

        List<SendResult> results = sendAll(emails(3));

        assertThat(results.get(0)).isInstanceOf(SendResult.Accepted.class);
        assertThat(results.get(1)).isInstanceOf(SendResult.Rejected.class);
        assertThat(results.get(2)).isInstanceOf(SendResult.Accepted.class);
        assertThat(first.single.attempts).hasSize(3).allMatch(context -> context.number() == 1);
        assertThat(second.single.attempts).isEmpty();
        assertThat(results).allSatisfy(result -> {
            assertThat(result.trail().attempts()).hasSize(1);
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.REFUSED_TOGETHER);
        });
        assertThat(heard()).noneMatch(EmailEvent.FailedOver.class::isInstance);
        assertThat(service().providers().get(0).state()).isEqualTo(HealthState.UP);
    }

    @Test
    void aProviderWithoutBulkGetsThemOneByOne() {
        ScriptedProvider plain = new ScriptedProvider("plain");
        first.each(email -> REFUSED);
        second.each(email -> REFUSED);
        builder.provider(plain);

        List<SendResult> results = sendAll(emails(3));

        assertThat(results)
                .extracting(r -> ((SendResult.Accepted) r).provider())
                .containsOnly("plain");
        assertThat(plain.attempts).hasSize(3).allMatch(context -> context.number() == 3);
        assertThat(heard().stream().filter(EmailEvent.FailedOver.class::isInstance))
                .hasSize(6);
    }

    @Test
    void theMostAttemptsHoldForEachEmail() {
        first.each(email -> REFUSED);
        builder.maxAttempts(1);

        List<SendResult> results = sendAll(emails(3));

        assertThat(second.requests).isEmpty();
        assertThat(second.single.attempts).isEmpty();
        assertThat(results).allSatisfy(result -> {
            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(result.trail().attempts()).hasSize(1);
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.ATTEMPTS_USED);
        });
    }

    @Test
    void aRequestMovesTheBreakerOnceAndOneAcceptanceShowsThatTheProviderWorks() {
        builder.breaker(breaker -> breaker.consecutiveFailures(2));
        first.most = 10;
        first.each(email -> REFUSED);
        sendAll(emails(5));

        assertThat(service().providers().get(0).state()).isEqualTo(HealthState.UP);
        first.each(email -> isTo(email, "u0") ? new Outcome.Accepted("m") : REFUSED);
        sendAll(emails(5));
        first.each(email -> REFUSED);
        sendAll(emails(5));
        assertThat(service().providers().get(0).state()).isEqualTo(HealthState.UP);
        sendAll(emails(5));
        assertThat(service().providers().get(0).state()).isEqualTo(HealthState.DOWN);
    }

    @Test
    @DisplayName("P8 a pause that one entry asks for holds the provider")
    void aPauseOfOneEntryHoldsTheProvider() {
        Outcome pause = new Outcome.Throttled("rate", "", Optional.of(Duration.ofSeconds(20)));
        first.each(email -> isTo(email, "u2") ? pause : new Outcome.Accepted("m"));

        List<SendResult> results = sendAll(emails(3));

        assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(service().providers().get(0).state()).isEqualTo(HealthState.THROTTLED);
        sendAll(emails(2));
        assertThat(first.requests).hasSize(1);
        assertThat(second.requests).hasSize(1);
        assertThat(second.single.attempts).hasSize(1);
    }

    @Test
    void aRequestThatIsPassedOverIsNoAttempt() {
        first.each(email -> new Outcome.QuotaExhausted("quota", ""));
        sendAll(emails(2));

        List<SendResult> results = sendAll(emails(2));

        assertThat(first.requests).hasSize(1);
        assertThat(results).allSatisfy(result -> {
            assertThat(result).isInstanceOf(SendResult.Accepted.class);
            assertThat(result.trail().attempts()).hasSize(1);
            assertThat(result.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.HELD);
        });
    }

    @Test
    void tellsAnAttemptAndAnEndForEachEmail() {
        List<SendResult> results = sendAll(emails(3));

        assertThat(heard().stream().filter(EmailEvent.AttemptEnded.class::isInstance))
                .extracting(e -> ((EmailEvent.AttemptEnded) e).reference())
                .containsExactlyElementsOf(
                        results.stream().map(r -> r.trail().reference()).toList());
        assertThat(heard().stream().filter(EmailEvent.SendEnded.class::isInstance))
                .hasSize(3);
        assertThat(first.contexts).hasSize(1);
        assertThat(results)
                .extracting(r -> r.trail().reference())
                .doesNotContain(first.contexts.get(0).reference());
    }

    @Test
    @DisplayName("Q13 what is too late is not sent in bulk either")
    void expiredEmailsAreNotSent() {
        List<Email> late = List.of(
                email("a").notAfter(time.now().minusSeconds(1)).build(),
                email("b").notAfter(time.now().minusSeconds(1)).build());

        assertThat(sendAll(late)).hasSize(2).allMatch(SendResult.Expired.class::isInstance);
        assertThat(first.requests).isEmpty();
        assertThat(first.single.attempts).isEmpty();
    }

    @Test
    void aProviderThatCannotSayHowManyGetsThemOneByOne() {
        ScriptedBulkProvider broken = new ScriptedBulkProvider("broken");
        broken.most = -1;
        try (EmailService emails = EmailService.builder().provider(broken).build()) {
            assertThat(emails.sendAll(emails(2), Bulk.ALLOWED)).allMatch(SendResult.Accepted.class::isInstance);
        }
        assertThat(broken.requests).isEmpty();
        assertThat(broken.single.attempts).hasSize(2);
    }
}
