package io.mailrouter.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class FingerprintTest {

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <no-reply@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("On its way")
                .header("X-Order", "42");
    }

    private static Attachment file(String name, String content) {
        return Attachment.of(name, "text/plain", content.getBytes(StandardCharsets.UTF_8));
    }

    private static String print(EmailBuilder email) {
        return Fingerprint.of(email.build());
    }

    @Test
    void isTheSameOnEveryMachineAndInEveryVersion() {
        assertThat(print(email())).isEqualTo("1:cf96db75d3f196193ec6acb1601cafbd29de5c97b06b40211c8ad08ba6abd931");
        assertThat(print(email().cc("b@example.org")
                        .bcc("c@example.org")
                        .replyTo("d@example.org")
                        .envelopeFrom("e@example.com")
                        .html("<p>On its way ä</p>")
                        .unsubscribe(new Unsubscribe(URI.create("https://example.com/u")))
                        .attach(file("a.txt", "content"))))
                .isEqualTo("1:40b12ed3e4bcbdca5f86d90c2c0703dba43642413982e7ba5af9f98d37ea27d9");
        assertThat(print(Email.builder()
                        .from("a@example.com")
                        .to("b@example.org")
                        .template(new Template("t1", Map.of("name", "Ada")))))
                .isEqualTo("1:bee4c7bdff341537281a3a456be44689392fb2fc63f448ab91543182ab398bd9");
    }

    @Test
    void differsWithWhatARecipientGets() {
        List<UnaryOperator<EmailBuilder>> changes = List.of(
                e -> e,
                e -> e.to("bob@example.org"),
                e -> e.cc("bob@example.org"),
                e -> e.bcc("bob@example.org"),
                e -> e.replyTo("bob@example.org"),
                e -> e.envelopeFrom("bob@example.com"),
                e -> e.from("Shop <other@example.com>"),
                e -> e.from("Other <no-reply@example.com>"),
                e -> e.subject("Your orders"),
                e -> e.text("On its way."),
                e -> e.html("On its way"),
                e -> e.header("X-Other", "42"),
                e -> e.unsubscribe(new Unsubscribe(URI.create("https://example.com/u"))),
                e -> e.attach(file("a.txt", "content")),
                e -> e.attach(file("b.txt", "content")),
                e -> e.attach(file("a.txt", "Content")),
                e -> e.attach(Attachment.of("a.txt", "text/html", "content".getBytes(StandardCharsets.UTF_8))),
                e -> e.attach(
                        Attachment.inline("c1", "a.txt", "text/plain", "content".getBytes(StandardCharsets.UTF_8))),
                e -> e.attach(file("a.txt", "con")).attach(file("tent", "")));
        Set<String> prints = new HashSet<>();

        changes.forEach(change -> prints.add(print(change.apply(email()))));

        assertThat(prints).hasSameSizeAs(changes);
    }

    @Test
    void differsWithATemplateItsVariablesAndARawMessage() {
        EmailBuilder one = Email.builder().from("a@example.com").to("b@example.org");
        Email base = one.template(new Template("t", Map.of("a", "1"))).build();
        String raw = "Subject: x\r\n\r\n";

        assertThat(Set.of(
                        Fingerprint.of(base),
                        print(base.toBuilder().template(new Template("u", Map.of("a", "1")))),
                        print(base.toBuilder().template(new Template("t", Map.of("a", "2")))),
                        print(base.toBuilder().template(new Template("t", Map.of("a", "1", "b", "")))),
                        print(Email.builder()
                                .from("a@example.com")
                                .to("b@example.org")
                                .raw(RawMime.of((raw + "1").getBytes(StandardCharsets.UTF_8)))),
                        print(Email.builder()
                                .from("a@example.com")
                                .to("b@example.org")
                                .raw(RawMime.of((raw + "2").getBytes(StandardCharsets.UTF_8))))))
                .hasSize(6);
    }

    @Test
    void isTheSameHoweverTheEmailIsSent() {
        assertThat(print(email().deadline(Duration.ofSeconds(3))
                        .notAfter(Instant.EPOCH)
                        .sendAt(Instant.EPOCH)
                        .onAmbiguity(Ambiguity.RESEND_OTHER)
                        .onStoreFailure(StoreFailure.HOLD)
                        .onlyProviders("ses")
                        .notProviders("smtp")
                        .preferProvider("ses")
                        .routingKey("tenant-1")
                        .trafficClass("bulk")
                        .idempotencyKey("key")
                        .tag("tag")
                        .metadata("trace", "1")
                        .tracking(new Tracking(true, true))))
                .isEqualTo(print(email()));
    }

    @Test
    void doesNotDependOnTheOrderOfHeadersAndVariables() {
        Map<String, String> one = new LinkedHashMap<>();
        one.put("a", "1");
        one.put("b", "2");
        Map<String, String> other = new LinkedHashMap<>();
        other.put("b", "2");
        other.put("a", "1");
        EmailBuilder blank = Email.builder().from("a@example.com").to("b@example.org");
        Email first = blank.template(new Template("t", one)).build();

        assertThat(print(first.toBuilder().template(new Template("t", other)))).isEqualTo(Fingerprint.of(first));
        assertThat(print(email().header("X-A", "1").header("X-B", "2")))
                .isEqualTo(print(email().header("x-b", "2").header("x-a", "1")));
    }

    @Test
    void refusesTicketsAndSettlementsThatMakeNoSense() {
        assertThatThrownBy(() -> new Ticket("", "f", "o", Duration.ofSeconds(1)))
                .hasMessage("key is empty");
        assertThatThrownBy(() -> new Ticket("k", "f", "o", Duration.ZERO))
                .hasMessage("lease is PT0S: more than zero is needed");
        assertThatThrownBy(() -> Settlement.of(KeyState.IN_FLIGHT, "", "", ""))
                .hasMessage("state is IN_FLIGHT: a settlement needs a state to end in");
        assertThatThrownBy(() -> new Settlement.Other(-1, KeyState.REFUSED, ""))
                .hasMessage("recipient is -1: an index from 0 is needed");
        assertThatThrownBy(() -> new Settlement.Other(0, KeyState.SENT, ""))
                .hasMessage("state is SENT: that is no other recipient's");
    }
}
