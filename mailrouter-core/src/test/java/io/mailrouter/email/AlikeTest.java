package io.mailrouter.email;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AlikeTest {

    private record Options(String value) implements ProviderOptions {}

    private static final Attachment FILE = Attachment.of("a.txt", "text/plain", new byte[] {1});

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("Hello {{name}}")
                .text("{{name}}")
                .variable("name", "Ada")
                .metadata("id", "1");
    }

    private static Optional<Alike> of(EmailBuilder email) {
        return Alike.of(email.build());
    }

    @Test
    void recipientVariablesMetadataAndKeyMayDiffer() {
        EmailBuilder other = Email.builder()
                .from("shop@example.com")
                .to("Bob <bob@example.org>")
                .subject("Hello {{name}}")
                .text("{{name}}")
                .variable("name", "Bob")
                .metadata("id", "2")
                .idempotencyKey("k")
                .onStoreFailure(StoreFailure.HOLD);

        assertThat(of(email())).isPresent().isEqualTo(of(other));
        assertThat(of(email()).orElseThrow()).hasSameHashCodeAs(of(other).orElseThrow());
    }

    @Test
    void theVariablesOfATemplateMayDifferAndItsIdMayNot() {
        Map<String, Optional<Alike>> keys = new LinkedHashMap<>();
        for (String id : new String[] {"t", "u"}) {
            for (String value : new String[] {"1", "2"}) {
                Template template = new Template(id, Map.of("v", value));
                keys.put(
                        id + value,
                        of(Email.builder().from("a@b.example").to("c@d.example").template(template)));
            }
        }

        assertThat(keys.get("t1")).isEqualTo(keys.get("t2")).isNotEqualTo(keys.get("u1"));
    }

    @Test
    void whatIsFilledInIsNotLikeWhatReadsTheSame() {
        Optional<Alike> plain = of(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("Hello {{name}}")
                .text("{{name}}"));

        assertThat(plain).isPresent().isNotEqualTo(of(email()));
    }

    @Test
    void severalRecipientsAndRawMessagesTravelByThemselves() {
        byte[] raw = "Subject: x\r\n\r\nx".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

        assertThat(of(email().to("bob@example.org"))).isEmpty();
        assertThat(of(email().cc("bob@example.org"))).isEmpty();
        assertThat(of(email().bcc("bob@example.org"))).isEmpty();
        assertThat(Alike.of(email().build().onlyTo(to -> true))).isPresent();
        assertThat(of(Email.builder().from("a@b.example").to("c@d.example").raw(RawMime.of(raw))))
                .isEmpty();
    }

    /** A field that is forgotten here would be that of another email in a request of many. */
    @Test
    void everyOtherFieldMakesThemUnlike() {
        Instant time = Instant.parse("2026-01-01T00:00:00Z");
        Map<String, UnaryOperator<EmailBuilder>> changes = new LinkedHashMap<>();
        changes.put("from", e -> e.from("x@example.com"));
        changes.put("envelopeFrom", e -> e.envelopeFrom("x@example.com"));
        changes.put("replyTo", e -> e.replyTo("x@example.com"));
        changes.put("subject", e -> e.subject("x"));
        changes.put("text", e -> e.text("x"));
        changes.put("html", e -> e.html("x"));
        changes.put("header", e -> e.header("X-A", "x"));
        changes.put("attach", e -> e.attach(FILE));
        changes.put("tag", e -> e.tag("x"));
        changes.put("sendAt", e -> e.sendAt(time));
        changes.put("tracking", e -> e.tracking(new Tracking(true, false)));
        changes.put("unsubscribe", e -> e.unsubscribe(new Unsubscribe(URI.create("https://example.com/u"))));
        changes.put("notAfter", e -> e.notAfter(time));
        changes.put("deadline", e -> e.deadline(Duration.ofSeconds(1)));
        changes.put("onAmbiguity", e -> e.onAmbiguity(Ambiguity.RESEND_OTHER));
        changes.put("onlyProviders", e -> e.onlyProviders("ses"));
        changes.put("notProviders", e -> e.notProviders("ses"));
        changes.put("preferProvider", e -> e.preferProvider("ses"));
        changes.put("routingKey", e -> e.routingKey("x"));
        changes.put("trafficClass", e -> e.trafficClass("x"));
        changes.put("options", e -> e.options(new Options("x")));
        changes.forEach((field, change) -> {
            assertThat(of(change.apply(email()))).as(field).isPresent().isNotEqualTo(of(email()));
            assertThat(of(change.apply(email()))).as(field).isEqualTo(of(change.apply(email())));
        });

        Set<String> apart = Set.of(
                "to",
                "cc",
                "bcc",
                "raw",
                "template",
                "variable",
                "variables",
                "metadata",
                "idempotencyKey",
                "onStoreFailure",
                "build");
        Set<String> all = Arrays.stream(EmailBuilder.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .map(Method::getName)
                .filter(name -> !apart.contains(name))
                .collect(Collectors.toSet());
        assertThat(changes.keySet()).containsExactlyInAnyOrderElementsOf(all);
    }
}
