package io.mailrouter.sqs.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.mailrouter.email.Email;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadTest {

    private static final String EMAIL =
            "{'v':1,'from':'a@example.com','to':['b@example.org'],'text':'t','idempotencyKey':'own'}"
                    .replace('\'', '"');

    private final Map<String, byte[]> kept =
            new ConcurrentHashMap<>(Map.of("p/1", EMAIL.getBytes(StandardCharsets.UTF_8)));
    private final PayloadStore store = new PayloadStore() {
        @Override
        public String put(byte[] body) {
            kept.put("p/" + kept.size(), body);
            return "p/" + (kept.size() - 1);
        }

        @Override
        public Optional<byte[]> get(String reference) {
            return Optional.ofNullable(kept.get(reference));
        }
    };
    private final EmailMessages messages = EmailMessages.upToDefaultSize().payloads(store, 1_000);

    private MalformedMessageException error(String body) {
        return catchThrowableOfType(MalformedMessageException.class, () -> messages.read(body));
    }

    @Test
    void aPointerIsReadAsTheEmailThatItStandsFor() {
        Email email = messages.read(EmailMessages.pointer("p/1", ""), "beside");

        assertThat(email.text()).isEqualTo("t");
        assertThat(email.idempotencyKey()).isEqualTo("own");
    }

    @Test
    void theKeyOfThePointerComesBeforeThatOfThePayload() {
        assertThat(messages.read(EmailMessages.pointer("p/1", "order-42")).idempotencyKey())
                .isEqualTo("order-42");
    }

    @Test
    void aPointerWithoutAStoreIsMalformed() {
        MalformedMessageException error = catchThrowableOfType(
                MalformedMessageException.class,
                () -> EmailMessages.upToDefaultSize().read(EmailMessages.pointer("p/1", "")));

        assertThat(error.code()).isEqualTo("no_payload_store");
        assertThat(error.reason()).contains("no payload store is set");
    }

    @Test
    void aPayloadThatIsGoneIsMalformedAndOneThatCannotBeFetchedIsNot() {
        PayloadStore broken = new PayloadStore() {
            @Override
            public String put(byte[] body) {
                return "x";
            }

            @Override
            public Optional<byte[]> get(String reference) {
                throw new IllegalStateException("canary");
            }
        };

        assertThat(error(EmailMessages.pointer("p/none", "")).code()).isEqualTo("payload_missing");
        assertThatThrownBy(() ->
                        EmailMessages.upToDefaultSize().payloads(broken, 1_000).read(EmailMessages.pointer("p/1", "")))
                .isInstanceOf(PayloadUnavailableException.class)
                .hasMessage("the payload cannot be fetched: the store threw a IllegalStateException");
    }

    @Test
    void aPayloadIsBoundedInBytesAndMayBeLargerThanABody() {
        String large = EMAIL.replace("\"t\"", "\"" + "t".repeat(3 << 20) + "\"");
        kept.put("p/2", large.getBytes(StandardCharsets.UTF_8));

        assertThat(error(EmailMessages.pointer("p/2", "")).code()).isEqualTo("too_large");
        assertThat(EmailMessages.upToDefaultSize()
                        .payloads(store, EmailMessages.DEFAULT_MAX_PAYLOAD_BYTES)
                        .read(EmailMessages.pointer("p/2", ""))
                        .text())
                .hasSize(3 << 20);
        assertThatThrownBy(() -> EmailMessages.upToDefaultSize().payloads(store, 0))
                .hasMessage("maxPayloadBytes is 0: 1 to 268435456 is needed");
    }

    @Test
    void aPayloadIsNoPointerAgainAndIsUtf8() {
        kept.put("p/2", EmailMessages.pointer("p/1", "").getBytes(StandardCharsets.UTF_8));
        kept.put("p/3", new byte[] {'{', (byte) 0xC3, '}'});

        assertThat(error(EmailMessages.pointer("p/2", "")).reason()).isEqualTo("payload: from is missing");
        assertThat(error(EmailMessages.pointer("p/3", "")).reason()).isEqualTo("payload: it is not UTF-8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'v':1,'payload':'p/1'|",
                "'v':1,'payload':'p/1','idempotencyKey':'k','x-note':7|",
                "'v':1,'payload':'p/1','idempotencyKey':null|",
                "'v':2,'payload':'p/1'|unknown_version",
                "'payload':'p/1'|unknown_version",
                "'v':1,'payload':7|wrong_type",
                "'v':1,'payload':''|invalid_field",
                "'v':1,'payload':'p 1'|invalid_field",
                "'v':1,'payload':'p/1','idempotencyKey':''|invalid_field",
                "'v':1,'payload':'p/1','from':'a@example.com'|unknown_field",
                "'v':1,'payload':'p/1','text':null|unknown_field",
                "'v':1,'from':'a@example.com','to':['b@example.org'],'text':'t','payload':null|unknown_field"
            })
    void theSchemaAndTheReaderAgreeAboutPointers(String fields, String code) throws Exception {
        String body = "{" + fields.replace('\'', '"') + "}";
        JsonSchema schema;
        try (InputStream in =
                EmailMessages.class.getResourceAsStream("/io/mailrouter/sqs/email-message-v1.schema.json")) {
            schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(in);
        }

        assertThat(schema.validate(new JsonMapper().readTree(body)).isEmpty()).isEqualTo(code == null);
        if (code == null) {
            assertThat(messages.read(body).text()).isEqualTo("t");
        } else {
            assertThat(error(body).code()).isEqualTo(code);
        }
    }

    @Test
    void aReferenceIsPrintableAsciiWithoutSpaces() {
        assertThatThrownBy(() -> EmailMessages.pointer("a b", ""))
                .hasMessage("reference needs 1 to 1024 printable ASCII characters without spaces");
        assertThatThrownBy(() -> EmailMessages.pointer("", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> EmailMessages.pointer("a".repeat(1_025), ""))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
