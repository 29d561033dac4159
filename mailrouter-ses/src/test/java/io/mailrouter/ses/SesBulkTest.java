package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.Bulk;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider.Entry;
import io.mailrouter.provider.Outcome;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SesBulkTest {

    private static final Attachment FILE = Attachment.of("façade.bin", "application/octet-stream", new byte[] {0, -1});

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider =
            SesProviderTest.builder(ses.url()).configurationSet("set-1").build();
    private final EmailService emails =
            EmailService.builder().provider(provider).build();

    @AfterEach
    void close() {
        emails.close();
        ses.close();
    }

    private static EmailBuilder email(int i) {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("User " + i + " <u" + i + "@example.org>")
                .subject("Order {{id}}")
                .text("Dear {{name}}, order {{id}}")
                .html("<p title='{{name}}'>{{name}}</p>")
                .variable("name", "A&B <" + i + ">")
                .variable("id", "n" + i);
    }

    private static List<Email> emails(int count) {
        return IntStream.range(0, count).mapToObj(i -> email(i).build()).toList();
    }

    private List<Outcome> sendBulk(List<Email> alike) {
        List<Entry> entries = new ArrayList<>();
        alike.forEach(email -> entries.add(new Entry(email, "mr-" + entries.size())));
        return provider.sendBulk(entries, Attempt.Context.within(Duration.ofSeconds(30)));
    }

    private static String content(AcceptedEmail e) {
        StringBuilder files = new StringBuilder();
        e.attachments()
                .forEach(f -> files.append(
                        List.of(f.name(), f.type(), f.isInline(), f.contentId(), Arrays.toString(f.bytes()))));
        return List.of(
                        e.from(),
                        e.envelopeFrom(),
                        e.replyTo(),
                        e.to(),
                        e.cc(),
                        e.bcc(),
                        e.subject(),
                        e.text(),
                        e.html(),
                        e.headers(),
                        files,
                        e.tags(),
                        e.metadata(),
                        e.reference(),
                        e.templateId(),
                        e.variables(),
                        e.tracking(),
                        e.configurationSet())
                .toString();
    }

    private List<String> received() {
        return ses.accepted().stream()
                .sorted(Comparator.comparing(e -> e.to().toString()))
                .map(SesBulkTest::content)
                .toList();
    }

    @Test
    void everyFieldArrivesAsInARequestOfItsOwn() {
        List<Email> alike = IntStream.range(0, 4)
                .mapToObj(i -> email(i).envelopeFrom("bounce@example.com")
                        .replyTo("\"Help, desk\" <help@example.com>")
                        .header("X-Order", "42 / \"x\"")
                        .unsubscribe(new Unsubscribe(URI.create("https://example.com/u?x=1")))
                        .attach(FILE)
                        .tag("order")
                        .tracking(new Tracking(true, false))
                        .metadata("orderId", "o-" + i)
                        .idempotencyKey("key-" + i)
                        .build())
                .toList();
        emails.sendAll(alike);
        List<String> singly = received();

        try (LoopbackSes other = LoopbackSes.start();
                EmailService many = EmailService.builder()
                        .provider(SesProviderTest.builder(other.url())
                                .configurationSet("set-1")
                                .build())
                        .build()) {
            List<SendResult> results = many.sendAll(alike, Bulk.ALLOWED);

            assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(other.requests()).isEqualTo(1);
            assertThat(other.accepted().stream().map(SesBulkTest::content)).containsExactlyElementsOf(singly);
            assertThat(results.stream().map(r -> ((SendResult.Accepted) r).messageId()))
                    .containsExactlyElementsOf(other.accepted().stream()
                            .map(AcceptedEmail::messageId)
                            .toList());
            String request = StandardCharsets.UTF_8
                    .decode(other.accepted().get(0).requestBody())
                    .toString();
            assertThat(request).containsOnlyOnce("Dear {{t1}}, order {{t0}}");
        }
    }

    @Test
    void aTemplateOfTheServiceTravelsWithItsValues() {
        List<Email> alike = IntStream.range(0, 3)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .template(new Template("welcome", Map.of("name", "{{x}} \"" + i)))
                        .build())
                .toList();
        emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(1);
        assertThat(ses.accepted()).extracting(AcceptedEmail::templateId).containsOnly("welcome");
        assertThat(ses.accepted().get(2).variables()).isEqualTo(Map.of("name", "{{x}} \"2"));
    }

    @Test
    void aHundredAndOneTakeThreeRequestsAndKeepTheirOrder() {
        List<SendResult> results = emails.sendAll(emails(101), Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(3);
        assertThat(ses.accepted()).hasSize(101);
        for (int i = 0; i < 101; i++) {
            SendResult.Accepted accepted = (SendResult.Accepted) results.get(i);
            String to = "u" + i + "@example.org";
            assertThat(ses.accepted())
                    .filteredOn(e -> e.messageId().equals(accepted.messageId()))
                    .singleElement()
                    .satisfies(e -> assertThat(e.to().get(0).address()).isEqualTo(to))
                    .satisfies(e ->
                            assertThat(e.reference()).isEqualTo(accepted.trail().reference()));
        }
    }

    @Test
    void bulkIsOffByDefault() {
        emails.sendAll(emails(5));

        assertThat(ses.requests()).isEqualTo(5);
    }

    @Test
    void unlikeEmailsGoByThemselves() {
        emails.sendAll(
                List.of(
                        email(0).build(),
                        email(1).header("X-A", "1").build(),
                        email(2).header("X-A", "2").build()),
                Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{literal}}", "{{{literal}}}", "{{#if x}}", "{{"})
    @DisplayName("C7 braces without variables are text: such emails go by themselves")
    void literalBracesReachNoTemplateLanguage(String braces) {
        List<Email> alike = IntStream.range(0, 2)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .subject("s")
                        .text(braces)
                        .build())
                .toList();
        emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(2);
        assertThat(ses.accepted()).extracting(AcceptedEmail::text).containsOnly(braces);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{name}}}", "\\{{name}}"})
    @DisplayName("C7 what the service's template language would read otherwise goes by itself")
    void otherMeaningsOfBracesReachNoTemplateLanguage(String pattern) {
        emails.sendAll(
                List.of(email(0).text(pattern).build(), email(1).text(pattern).build()), Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(2);
        assertThat(ses.accepted()).extracting(AcceptedEmail::text).contains(pattern.replace("{{name}}", "A&B <0>"));
    }

    @Test
    @DisplayName("C7 values are data: not filled in again, escaped in HTML only")
    void valuesAreData() {
        String evil = "{{t0}}{{h0}}{{id}}\",\"t0\":\"x<script>'\\";
        List<Email> alike = IntStream.range(0, 2)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .subject("{{name}}")
                        .text("{{name}}|{{id}}")
                        .html("{{id}}|{{name}}")
                        .variable("name", evil)
                        .variable("id", "secret")
                        .build())
                .toList();
        emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(1);
        AcceptedEmail email = ses.accepted().get(1);
        assertThat(email.subject()).isEqualTo(evil);
        assertThat(email.text()).isEqualTo(evil + "|secret");
        assertThat(email.html()).isEqualTo(alike.get(1).html());
    }

    @ParameterizedTest
    @CsvSource({
        "SUCCESS, accepted, accepted, ",
        "MESSAGE_REJECTED, rejected, messagerejected, ",
        "INVALID_PARAMETER, rejected, badrequest, ",
        "MAIL_FROM_DOMAIN_NOT_VERIFIED, misconfigured, mailfromdomainnotverified, SENDER",
        "CONFIGURATION_SET_NOT_FOUND, misconfigured, notfound, ACCOUNT",
        "TEMPLATE_NOT_FOUND, misconfigured, notfound, REQUEST",
        "INVALID_SENDING_POOL_NAME, misconfigured, notfound, ACCOUNT",
        "ACCOUNT_SUSPENDED, misconfigured, accountsuspended, ACCOUNT",
        "ACCOUNT_SENDING_PAUSED, misconfigured, sendingpaused, ACCOUNT",
        "CONFIGURATION_SET_SENDING_PAUSED, misconfigured, sendingpaused, ACCOUNT",
        "ACCOUNT_THROTTLED, throttled, throttling, ",
        "ACCOUNT_DAILY_QUOTA_EXCEEDED, quota_exhausted, daily_quota, ",
        "TRANSIENT_FAILURE, unavailable, internalserviceerror, ",
        "FAILED, unavailable, internalserviceerror, ",
        "A_STATUS_OF_TOMORROW, unknown, unknown_status, "
    })
    @DisplayName("P20 every status of an entry is that entry's outcome, and only that entry's")
    void eachStatusIsAnOutcome(String status, String word, String code, Outcome.Scope scope) {
        ses.entryStatus("u1@example.org", status);
        List<Email> alike = IntStream.range(0, 3)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .template(new Template("welcome", Map.of()))
                        .build())
                .toList();

        List<Outcome> outcomes = sendBulk(alike);

        assertThat(outcomes.get(0)).isInstanceOf(Outcome.Accepted.class);
        assertThat(outcomes.get(1).word()).isEqualTo(word);
        assertThat(outcomes.get(1).code()).isEqualTo(code);
        if (scope != null) {
            assertThat(((Outcome.Misconfigured) outcomes.get(1)).scope()).isEqualTo(scope);
        }
        assertThat(outcomes.get(2)).isInstanceOf(Outcome.Accepted.class);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    void theUsersRulesAndDoubtsHoldForEntriesToo() {
        ses.entryStatus("u0@example.org", "MESSAGE_REJECTED");
        ses.entryStatus("u1@example.org", "FAILED");
        try (SesProvider wary = SesProviderTest.builder(ses.url())
                .internalErrorsMaySend()
                .rules(AnswerRules.none().and("was not sent", AnswerRules.Meaning.UNAVAILABLE))
                .build()) {
            List<Outcome> outcomes = wary.sendBulk(
                    List.of(new Entry(email(0).build(), "a"), new Entry(email(2).build(), "b")),
                    Attempt.Context.within(Duration.ofSeconds(30)));

            assertThat(outcomes.get(0)).isInstanceOf(Outcome.Unavailable.class);
        }
        try (SesProvider wary =
                SesProviderTest.builder(ses.url()).internalErrorsMaySend().build()) {
            List<Outcome> outcomes = wary.sendBulk(
                    List.of(new Entry(email(1).build(), "a"), new Entry(email(2).build(), "b")),
                    Attempt.Context.within(Duration.ofSeconds(30)));

            assertThat(outcomes.get(0)).isInstanceOf(Outcome.Unknown.class);
            assertThat(outcomes.get(1)).isInstanceOf(Outcome.Accepted.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reset", "hang", "gateway", "garbage", "empty", "short"})
    @DisplayName("P3 P4 P12 P13 a call that failed is unknown for all its entries, with one request seen")
    void aFailedCallIsUnknownForAll(String failure) {
        ses.behave(
                switch (failure) {
                    case "reset" -> Behaviour.acceptThenReset();
                    case "hang" -> Behaviour.acceptThenHang();
                    case "gateway" -> Behaviour.answer(502, Map.of(), "<html>");
                    case "garbage" -> Behaviour.answer(200, Map.of("Content-Type", "application/json"), "{\"Bulk");
                    case "empty" -> Behaviour.answer(200, Map.of("Content-Type", "application/json"), "{}");
                    default ->
                        Behaviour.answer(
                                200,
                                Map.of("Content-Type", "application/json"),
                                "{\"BulkEmailEntryResults\":[{\"Status\":\"SUCCESS\",\"MessageId\":\"m\"}]}");
                });
        List<Email> alike = IntStream.range(0, 3)
                .mapToObj(i -> email(i).deadline(Duration.ofSeconds(3)).build())
                .toList();

        List<SendResult> results = emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(results).hasSize(3).allMatch(SendResult.Unknown.class::isInstance);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P11 an error of the service's own for the whole call is that outcome for all")
    void aNativeErrorOfTheCallIsThatOutcomeForAll() {
        ses.next(LoopbackSes.throttled(), LoopbackSes.error(500, "InternalServiceErrorException", "x"));

        assertThat(sendBulk(emails(3))).hasSize(3).allMatch(Outcome.Throttled.class::isInstance);
        assertThat(sendBulk(emails(3))).hasSize(3).allMatch(Outcome.Unavailable.class::isInstance);
        ses.next(LoopbackSes.error(403, "AccessDeniedException", "not authorized to perform ses:SendBulkEmail"));
        assertThat(sendBulk(emails(2)))
                .allSatisfy(outcome -> assertThat(outcome)
                        .isInstanceOfSatisfying(
                                Outcome.Misconfigured.class,
                                wrong -> assertThat(wrong.scope()).isEqualTo(Outcome.Scope.REQUEST)));
    }

    @Test
    @DisplayName("P15 a refusal of the whole call is split, so that one bad email takes no other along")
    void aRefusedCallIsSplit() {
        ses.refuseRecipient("u1@example.org");

        List<SendResult> results = emails.sendAll(emails(4), Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(5);
        assertThat(ses.accepted()).hasSize(3);
        assertThat(results.get(1)).isInstanceOf(SendResult.Rejected.class);
        assertThat(List.of(results.get(0), results.get(2), results.get(3)))
                .allMatch(SendResult.Accepted.class::isInstance);
    }

    @Test
    void whatIsTooLargeForOneRequestIsCut() {
        List<Email> alike = IntStream.range(0, 10)
                .mapToObj(i -> email(i).text("x".repeat(100_000) + "{{long}}")
                        .variable("long", "\"".repeat(20_000))
                        .build())
                .toList();
        assertThat(provider.together(alike)).isBetween(2, 9);

        assertThat(emails.sendAll(alike, Bulk.ALLOWED)).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(ses.accepted()).hasSize(10);
        assertThat(ses.requests()).isLessThan(10);
    }

    @Test
    void aTextOfWhichNothingIsLeftIsNoEmptyPart() {
        emails.sendAll(
                List.of(
                        email(0).text("{{id2}}").variable("id2", "").build(),
                        email(1).text("{{id2}}").variable("id2", "").build()),
                Bulk.ALLOWED);

        assertThat(ses.requests()).isEqualTo(2);
    }

    @Test
    void aClosedProviderAndAnInterruptedThreadSendNothing() {
        Thread.currentThread().interrupt();
        List<Outcome> interrupted = sendBulk(emails(2));
        assertThat(Thread.interrupted()).isTrue();
        provider.close();

        assertThat(interrupted).hasSize(2).allMatch(o -> o.code().equals("interrupted"));
        assertThat(sendBulk(emails(2))).hasSize(2).allMatch(o -> o.code().equals("closed"));
        assertThat(ses.requests()).isZero();
    }
}
