package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailEvent.SendEnded;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.mailrouter.suppression.Suppression;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What each event says. */
class EmailEventsTest {

    private static final EmailAddress EVE = EmailAddress.parse("eve-canary@example.org");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");
    private final List<EmailEvent> heard = new CopyOnWriteArrayList<>();

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop canary <shop-canary@example.com>")
                .to("Ada canary <ada-canary@example.org>")
                .cc("bob-canary@example.org")
                .subject("subject-canary")
                .text("text-canary")
                .header("X-Order", "header-canary")
                .metadata("order", "metadata-canary")
                .tag("receipt");
    }

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .provider(first)
                .provider(second)
                .listener(heard::add);
    }

    /** Sends one email through a service of its own, and returns how it ended. */
    private SendEnded end(EmailServiceBuilder service, Email email) {
        heard.clear();
        try (EmailService emails = service.build()) {
            emails.trySend(email);
        }
        return ends().get(0);
    }

    private List<SendEnded> ends() {
        return heard.stream()
                .filter(SendEnded.class::isInstance)
                .map(SendEnded.class::cast)
                .toList();
    }

    @Test
    void eachResultIsACaseOfItsOwn() {
        SendEnded accepted = end(service(), email().build());
        assertThat(accepted).isInstanceOfSatisfying(SendEnded.Accepted.class, end -> {
            assertThat(end.messageId()).isEqualTo("m-1");
            assertThat(end.provider()).isEqualTo("first");
            assertThat(end.tags()).containsExactly("receipt");
            assertThat(end.reference()).startsWith("mr");
        });

        first.next(new Outcome.Partial(
                "p-1", List.of(new Outcome.Refusal(email().build().cc().get(0), "smtp_550", "no such user", false))));
        assertThat(end(service(), email().build())).isInstanceOfSatisfying(SendEnded.PartlyAccepted.class, end -> {
            assertThat(end.messageId()).isEqualTo("p-1");
            assertThat(List.of(end.accepted(), end.refused(), end.notSent(), end.unknown()))
                    .containsExactly(1, 1, 0, 0);
        });

        first.next(new Outcome.Rejected("bad_recipient", ""));
        assertThat(end(service(), email().build()))
                .isInstanceOfSatisfying(
                        SendEnded.Rejected.class, end -> assertThat(end.code()).isEqualTo("bad_recipient"));

        first.next(new Outcome.Unknown("timeout", ""));
        assertThat(end(service(), email().build()))
                .isInstanceOfSatisfying(
                        SendEnded.Unknown.class, end -> assertThat(end.code()).isEqualTo("timeout"));

        Instant past = time.now().minusSeconds(1);
        assertThat(end(service(), email().notAfter(past).build()))
                .isInstanceOfSatisfying(
                        SendEnded.Expired.class,
                        end -> assertThat(end.notAfter()).isEqualTo(past));
    }

    @Test
    void whatWasNotSentSaysWhenToTryAgain() {
        first.always(new Outcome.Throttled("http_429", "", Optional.of(Duration.ofSeconds(20))));
        second.always(new Outcome.Unavailable("connection_refused", ""));

        assertThat(end(service(), email().build())).isInstanceOfSatisfying(SendEnded.NotSent.class, end -> {
            assertThat(end.provider()).isEqualTo("second");
            assertThat(end.code()).isEqualTo("connection_refused");
            assertThat(end.retryAt()).isPresent();
        });
    }

    @Test
    void aSuppressedEmailSaysHowManyRecipientsItHad() {
        InMemorySuppressionList list = InMemorySuppressionList.create();
        list.add(CanonicalAddress.of(EVE.address()), Suppression.forGood(Suppression.Reason.MANUAL, Instant.EPOCH));
        Email toEve = Email.builder().from("a@example.com").to(EVE).text("t").build();

        assertThat(end(service().suppression(list), toEve)).isInstanceOfSatisfying(SendEnded.Suppressed.class, end -> {
            assertThat(end.recipients()).isEqualTo(1);
            assertThat(end.provider()).isEmpty();
        });
    }

    @Test
    void theWordOfACaseIsThatOfTheResult() {
        Set<String> ends = new HashSet<>();
        for (Class<?> one : SendEnded.class.getPermittedSubclasses()) {
            ends.add(one.getSimpleName());
        }
        assertThat(ends)
                .isEqualTo(Set.copyOf(Stream.of(SendResult.class.getPermittedSubclasses())
                        .map(Class::getSimpleName)
                        .toList()));

        SendResult result;
        try (EmailService emails = service().build()) {
            first.next(new Outcome.Rejected("bad_recipient", ""));
            result = emails.trySend(email().build());
        }
        assertThat(ends().get(0).result()).isEqualTo(result.word()).isEqualTo("rejected");
    }

    /** Every kind of event, by what a service goes through; the provider's own words hold canaries. */
    private void goThroughMuch() {
        InMemorySuppressionList list = InMemorySuppressionList.create();
        list.add(CanonicalAddress.of(EVE.address()), Suppression.forGood(Suppression.Reason.MANUAL, Instant.EPOCH));
        String words = "no mailbox <ada-canary@example.org> here";
        first.next(
                new Outcome.Unavailable("ada-canary@example.org", words),
                new Outcome.Throttled("http_429", words, Optional.empty()),
                new Outcome.Rejected("smtp_550", words));
        second.next(
                new Outcome.Accepted("m"),
                new Outcome.Partial("p", List.of(new Outcome.Refusal(EVE, "smtp_550", words, false))),
                new Outcome.Misconfigured("not_verified", words, Outcome.Scope.SENDER),
                new Outcome.Unknown("timeout", words));
        try (EmailService emails = service()
                .suppression(list)
                .idempotency(InMemoryIdempotencyStore.create())
                .build()) {
            for (int i = 0; i < 8; i++) {
                emails.trySend(email().to(EVE).idempotencyKey("key-canary-" + i).build());
                time.pass(Duration.ofSeconds(2));
            }
            emails.trySend(
                    Email.builder().from("a@example.com").to(EVE).text("t").build());
        }
    }

    @Test
    @DisplayName("C11 no event holds an address, a subject, a body, a header, a key or a name")
    void noEventHoldsAnythingPersonal() throws Exception {
        goThroughMuch();

        assertThat(heard).hasSizeGreaterThan(20);
        for (EmailEvent event : heard) {
            for (RecordComponent component : event.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                String value = String.valueOf(component.getAccessor().invoke(event));
                assertThat(value.toLowerCase(Locale.ROOT))
                        .as("%s.%s", event.getClass().getSimpleName(), component.getName())
                        .doesNotContain("canary");
            }
            assertThat(event.toString()).doesNotContain("canary");
        }
    }

    @Test
    @DisplayName("T9 what listeners throw, Errors too, is counted and reaches no send and no other listener")
    void whatListenersThrowIsCounted() {
        try (EmailService emails = service()
                .listener(event -> {
                    throw new AssertionError("listener");
                })
                .listener(event -> {
                    throw new StackOverflowError("listener");
                })
                .listener(event -> {
                    throw new IllegalStateException("listener");
                })
                .build()) {
            for (int i = 0; i < 100; i++) {
                assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
            }

            await().atMost(Duration.ofSeconds(20)).until(() -> emails.lostEvents() == 3 * 200);
            await().atMost(Duration.ofSeconds(20)).until(() -> heard.size() == 200);
        }
    }
}
