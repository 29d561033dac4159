package io.mailrouter.sqs.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.ProviderOptions;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailJsonTest {

    private static final int EMAILS = 1_000;

    private final EmailMessages messages = EmailMessages.upToDefaultSize();

    @Test
    void whatIsWrittenIsReadAsTheSameEmailAndFitsTheSchema() throws Exception {
        long seed = System.nanoTime();
        System.out.println("EmailJsonTest seed " + seed);
        RandomEmail emails = new RandomEmail(new Random(seed));
        JsonSchema schema = schema();
        JsonMapper json = new JsonMapper();

        for (int i = 0; i < EMAILS; i++) {
            Email email = emails.next();
            String body = EmailMessages.write(email);

            assertThat(parts(messages.read(body))).as("email %s", i).isEqualTo(parts(email));
            assertThat(schema.validate(json.readTree(body))).as("email %s", i).isEmpty();
            assertThat(body.codePoints().allMatch(EmailJsonTest::isTakenByAQueue))
                    .as("email %s", i)
                    .isTrue();
        }
    }

    /** The characters of a message's body, by the reference of SendMessage. */
    private static boolean isTakenByAQueue(int c) {
        return c == 0x9
                || c == 0xA
                || c == 0xD
                || (c >= 0x20 && c <= 0xD7FF)
                || (c >= 0xE000 && c <= 0xFFFD)
                || c >= 0x10000;
    }

    private static JsonSchema schema() throws Exception {
        try (InputStream in =
                EmailMessages.class.getResourceAsStream("/io/mailrouter/sqs/email-message-v1.schema.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(in);
        }
    }

    /** Everything that an email answers, in a form that can be compared. */
    private static List<Object> parts(Email email) {
        return List.of(
                email.from(),
                email.to(),
                email.cc(),
                email.bcc(),
                email.replyTo(),
                email.subject(),
                email.text(),
                email.html(),
                List.copyOf(email.headers().entrySet()),
                email.tags(),
                email.metadata(),
                email.attachments().stream().map(EmailJsonTest::parts).toList(),
                email.idempotencyKey(),
                email.notAfter(),
                email.ambiguity(),
                email.storeFailure(),
                email.onlyProviders(),
                email.deniedProviders(),
                email.routingKey(),
                email.trafficClass(),
                email.features());
    }

    private static List<Object> parts(Attachment file) {
        byte[] bytes = new byte[file.size()];
        file.content().get(bytes);
        return List.of(file.name(), file.type(), file.contentId(), Arrays.hashCode(bytes), bytes.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "\u00e9", "\u4e2d"})
    void theLongestNameThatIsWrittenIsReadWhateverItsLetters(String letter) {
        Email email =
                valid().metadata(letter.repeat(EmailJson.MAX_NAME), "value").build();

        Email read = messages.read(EmailMessages.write(email));

        assertThat(read.metadata()).isEqualTo(email.metadata());
    }

    @Test
    void anEmailWithVariablesIsWrittenAsItIsFilledIn() {
        Email email = valid().html("<p>{{name}}").variable("name", "A & B").build();

        Email read = messages.read(EmailMessages.write(email));

        assertThat(read.html()).isEqualTo("<p>A &amp; B");
        assertThat(read.formLetter()).isEmpty();
    }

    private record Mine() implements ProviderOptions {}

    private static EmailBuilder valid() {
        return Email.builder().from("a@example.com").to("b@example.org").text("t");
    }

    private record NotCarried(String reason, UnaryOperator<EmailBuilder> change) {
        @Override
        public String toString() {
            return reason;
        }
    }

    static Stream<NotCarried> notCarried() {
        return Stream.of(
                new NotCarried("envelopeFrom is set", b -> b.envelopeFrom("bounce@example.com")),
                new NotCarried("sendAt is set", b -> b.sendAt(Instant.EPOCH)),
                new NotCarried("tracking is set", b -> b.tracking(new Tracking(true, true))),
                new NotCarried(
                        "unsubscribe is set", b -> b.unsubscribe(new Unsubscribe(URI.create("https://example.com/u")))),
                new NotCarried("deadline is set", b -> b.deadline(Duration.ofSeconds(1))),
                new NotCarried("preferredProvider is set", b -> b.preferProvider("ses")),
                new NotCarried("options is set", b -> b.options(new Mine())),
                new NotCarried("template is set", b -> b.text("").template(new Template("t", Map.of()))),
                new NotCarried(
                        "raw is set",
                        b -> b.text("")
                                .raw(RawMime.of("From: a@example.com\r\n\r\nt".getBytes(StandardCharsets.UTF_8)))),
                new NotCarried("notAfter is not in the years", b -> b.notAfter(Instant.MAX)),
                new NotCarried("metadata has a name of 257 characters", b -> b.metadata("m".repeat(257), "v")),
                new NotCarried(
                        "cc has a display name with white space at an end",
                        b -> b.cc(new EmailAddress("Ada ", "ada", "example.org"))));
    }

    @ParameterizedTest
    @MethodSource("notCarried")
    void whatAMessageDoesNotCarryIsRefusedByTheNameOfItsField(NotCarried one) {
        Email email = one.change().apply(valid()).build();

        assertThatThrownBy(() -> EmailMessages.write(email))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(one.reason())
                .hasMessageNotContainingAny("Ada", "example");
    }
}
