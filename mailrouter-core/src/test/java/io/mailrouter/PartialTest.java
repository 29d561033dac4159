package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** An email to three, of whom a provider takes some. */
class PartialTest {

    private static final Outcome ACCEPTED = new Outcome.Accepted("m-2");
    private static final Outcome TIMED_OUT = new Outcome.Unknown("timeout", "");
    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();
    private final List<String> first = new ArrayList<>();
    private final List<String> second = new ArrayList<>();
    private final ScriptedProvider one = new ScriptedProvider("one");
    private final ScriptedProvider two = new ScriptedProvider("two");

    private SendResult send(Outcome of, Outcome then, Ambiguity ambiguity) {
        one.script = (email, context) -> note(first, email, of);
        two.script = (email, context) -> note(second, email, then);
        try (EmailService emails = service().build()) {
            return emails.trySend(email(ambiguity));
        }
    }

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .random(new Random(1))
                .provider(one)
                .provider(two);
    }

    private static Email email(Ambiguity ambiguity) {
        return Email.builder()
                .from("shop@example.com")
                .to("Ada <ada@example.org>")
                .cc("bob@example.org")
                .bcc("eve@example.org")
                .text("hello")
                .onAmbiguity(ambiguity)
                .notAfter(VirtualTime.START.plusSeconds(3_600))
                .build();
    }

    private static Outcome note(List<String> asked, Email email, Outcome outcome) {
        Stream.of(email.to(), email.cc(), email.bcc())
                .flatMap(List::stream)
                .map(EmailAddress::localPart)
                .forEach(asked::add);
        return outcome;
    }

    private static Outcome partial(Outcome.Refusal... refused) {
        return new Outcome.Partial("m-1", List.of(refused));
    }

    private static Outcome.Refusal forNow(String who) {
        return new Outcome.Refusal(EmailAddress.parse(who + "@example.org"), "smtp_450", "later", true);
    }

    private static Outcome.Refusal forGood(String who) {
        return new Outcome.Refusal(EmailAddress.parse(who + "@example.org"), "smtp_550", "no such user", false);
    }

    private static List<Fate> fates(SendResult result) {
        return ((SendResult.PartlyAccepted) result)
                .recipients().stream().map(RecipientResult::fate).toList();
    }

    @Test
    @DisplayName("P20 partly accepted: exactly those go on who surely were not sent to, and everyone has it in the end")
    void goesOnForTheUnsentOnly() {
        SendResult result = send(partial(forNow("eve")), ACCEPTED, Ambiguity.STOP);

        assertThat(first).containsExactly("ada", "bob", "eve");
        assertThat(second).containsExactly("eve");
        assertThat(result).isInstanceOfSatisfying(SendResult.Accepted.class, accepted -> {
            assertThat(accepted.provider()).as("who took the last").isEqualTo("two");
            assertThat(accepted.messageId()).isEqualTo("m-2");
            assertThat(accepted.trail().attempts())
                    .extracting(Attempt::provider)
                    .containsExactly("one", "two");
        });
    }

    @Test
    @DisplayName("P20 a recipient who is refused for good goes no further, the others have it")
    void aRefusalForGoodIsFinal() {
        SendResult result = send(partial(forGood("bob")), ACCEPTED, Ambiguity.RESEND_OTHER);

        assertThat(second).isEmpty();
        assertThat(result).isInstanceOfSatisfying(SendResult.PartlyAccepted.class, partly -> {
            assertThat(partly.recipients())
                    .extracting(r -> r.recipient().localPart(), RecipientResult::fate, RecipientResult::code)
                    .containsExactly(
                            tuple("ada", Fate.ACCEPTED, "partial"),
                            tuple("bob", Fate.REFUSED, "smtp_550"),
                            tuple("eve", Fate.ACCEPTED, "partial"));
            assertThat(partly.notAccepted())
                    .singleElement()
                    .extracting(RecipientResult::reason)
                    .isEqualTo("no such user");
            assertThat(partly.provider()).isEqualTo("one");
            assertThat(partly.toString()).doesNotContain("ada").doesNotContain("bob");
        });
    }

    @Test
    @DisplayName("P20 the rest that ends unknown hides neither who has it nor that one may have it")
    void theRestMayEndUnknown() {
        SendResult result = send(partial(forNow("eve")), TIMED_OUT, Ambiguity.STOP);

        assertThat(fates(result)).containsExactly(Fate.ACCEPTED, Fate.ACCEPTED, Fate.UNKNOWN);
        assertThat(((SendResult.PartlyAccepted) result).recipients(Fate.UNKNOWN))
                .extracting(RecipientResult::provider, RecipientResult::code)
                .containsExactly(tuple("two", "timeout"));
    }

    @Test
    @DisplayName("P20 the rest that nobody takes is told as not sent, with the last reason")
    void theRestMayEndNotSent() {
        SendResult result = send(partial(forNow("ada"), forGood("bob")), REFUSED, Ambiguity.STOP);

        assertThat(second).containsExactly("ada");
        assertThat(fates(result)).containsExactly(Fate.NOT_SENT, Fate.REFUSED, Fate.ACCEPTED);
        assertThat(((SendResult.PartlyAccepted) result).recipients(Fate.NOT_SENT))
                .extracting(RecipientResult::provider, RecipientResult::code)
                .containsExactly(tuple("two", "connection_refused"));
        assertThat(((SendResult.PartlyAccepted) result)
                        .recipients(Fate.NOT_SENT)
                        .toString())
                .isEqualTo("[RecipientResult[NOT_SENT at two: connection_refused]]");
    }

    @Test
    @DisplayName("P20 the rest that is rejected is refused, and the others still have it")
    void theRestMayEndRejected() {
        SendResult result = send(partial(forNow("ada")), new Outcome.Rejected("http_400", ""), Ambiguity.STOP);

        assertThat(fates(result)).containsExactly(Fate.REFUSED, Fate.ACCEPTED, Fate.ACCEPTED);
    }

    @Test
    @DisplayName("P20 nobody was accepted: not sent if one may still be, rejected if all were refused")
    void nobodyWasAccepted() {
        assertThat(send(partial(forNow("ada"), forGood("bob"), forGood("eve")), REFUSED, Ambiguity.STOP))
                .isInstanceOfSatisfying(
                        SendResult.NotSent.class,
                        notSent -> assertThat(notSent.code()).isEqualTo("connection_refused"));
        assertThat(send(partial(forGood("ada"), forGood("bob"), forGood("eve")), ACCEPTED, Ambiguity.STOP))
                .isInstanceOfSatisfying(SendResult.Rejected.class, rejected -> {
                    assertThat(rejected.code()).isEqualTo("smtp_550");
                    assertThat(rejected.provider()).isEqualTo("one");
                });
        assertThat(send(partial(forNow("ada"), forNow("bob"), forNow("eve")), TIMED_OUT, Ambiguity.STOP))
                .isInstanceOf(SendResult.Unknown.class);
    }

    @Test
    @DisplayName("P20 who was accepted is not sent to again where an unknown end is resent through another")
    void aResendLeavesOutWhoHasIt() {
        two.script = (email, context) -> note(second, email, TIMED_OUT);
        ScriptedProvider three = new ScriptedProvider("three");
        List<String> third = new ArrayList<>();
        three.script = (email, context) -> note(third, email, ACCEPTED);
        one.script = (email, context) -> note(first, email, partial(forNow("eve"), forGood("bob")));
        try (EmailService emails = service().provider(three).build()) {
            SendResult result = emails.trySend(email(Ambiguity.RESEND_OTHER));

            assertThat(second).containsExactly("eve");
            assertThat(third).containsExactly("eve");
            assertThat(fates(result)).containsExactly(Fate.ACCEPTED, Fate.REFUSED, Fate.ACCEPTED);
        }
    }

    @Test
    @DisplayName("P20 a refusal of somebody whom the email does not name makes the others unknown, not accepted")
    void aRefusalOfAStrangerIsNotTaken() {
        SendResult result = send(partial(forNow("eve"), forGood("mallory")), ACCEPTED, Ambiguity.STOP);

        assertThat(second).containsExactly("eve");
        assertThat(fates(result)).containsExactly(Fate.UNKNOWN, Fate.UNKNOWN, Fate.ACCEPTED);
        second.clear();
        assertThat(fates(send(partial(forNow("eve")), partial(forGood("ada")), Ambiguity.STOP)))
                .as("ada has it, and was not asked for again")
                .containsExactly(Fate.ACCEPTED, Fate.ACCEPTED, Fate.UNKNOWN);
    }

    @Test
    @DisplayName("P20 the rest that has come too late is not sent, and says so")
    void theRestMayComeTooLate() {
        one.script = (email, context) -> {
            time.pass(Duration.ofSeconds(20));
            return partial(forNow("ada"));
        };
        two.script = (email, context) -> note(second, email, ACCEPTED);
        try (EmailService emails = service().build()) {
            Email email = Email.builder()
                    .from("shop@example.com")
                    .to("ada@example.org")
                    .to("bob@example.org")
                    .text("hello")
                    .notAfter(VirtualTime.START.plusSeconds(10))
                    .build();

            assertThat(fates(emails.trySend(email))).containsExactly(Fate.NOT_SENT, Fate.ACCEPTED);
            assertThat(second).isEmpty();
        }
    }

    @Test
    @DisplayName("P20 the exception of a partly accepted email lists the attempts and nobody's address")
    void theExceptionNamesNobody() {
        one.always(partial(forGood("bob")));
        try (EmailService emails = service().build()) {
            assertThatThrownBy(() -> emails.send(email(Ambiguity.STOP)))
                    .isExactlyInstanceOf(EmailException.class)
                    .hasMessageContaining("some recipients only")
                    .hasMessageContaining("one: partial")
                    .hasMessageNotContaining("bob");
        }
    }

    @Test
    @DisplayName("P20 a partial acceptance is a success of the provider, and what it refused moves no breaker")
    void aPartialIsASuccess() {
        one.next(REFUSED, REFUSED, REFUSED, REFUSED);
        one.always(partial(forGood("bob")));
        try (EmailService emails = service().build()) {
            for (int i = 0; i < 100; i++) {
                emails.trySend(email(Ambiguity.STOP));
            }

            assertThat(emails.providers().get(0).accepted()).isEqualTo(96);
            assertThat(emails.providers().get(0).until()).isEqualTo(Optional.empty());
        }
    }

    @Test
    @DisplayName("P20 the rest of a partly accepted email goes under another key, for the first stands for the whole")
    void theRestNeedsAnotherKey() {
        one.script = (email, context) -> note(first, email, partial(forNow("eve")));
        two.always(REFUSED);
        Email whole =
                email(Ambiguity.STOP).toBuilder().idempotencyKey("order-1").build();
        try (EmailService emails =
                service().idempotency(InMemoryIdempotencyStore.create()).build()) {
            SendResult.PartlyAccepted partly = (SendResult.PartlyAccepted) emails.trySend(whole);
            Email rest = whole.onlyTo(to -> partly.recipients(Fate.NOT_SENT).stream()
                    .anyMatch(one -> one.recipient().equals(to)));
            one.script = (email, context) -> note(first, email, ACCEPTED);

            assertThat(emails.trySend(rest))
                    .isInstanceOfSatisfying(
                            SendResult.Rejected.class,
                            rejected -> assertThat(rejected.code()).isEqualTo("key_reused"));
            assertThat(emails.trySend(
                            rest.toBuilder().idempotencyKey("order-1-rest").build()))
                    .isInstanceOf(SendResult.Accepted.class);
            assertThat(first).containsExactly("ada", "bob", "eve", "eve");
        }
    }
}
