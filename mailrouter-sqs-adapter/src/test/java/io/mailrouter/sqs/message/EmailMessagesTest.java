package io.mailrouter.sqs.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.StoreFailure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailMessagesTest {

    private static final String CANARY = "canary@secret.example";

    private final EmailMessages messages = EmailMessages.upToDefaultSize();

    @Test
    void everyFieldOfTheFormatReachesTheEmail() {
        Email email = messages.read("""
                {"v":1,"idempotencyKey":"order-42","from":"Shop <no-reply@example.com>","to":["ada@example.org"],
                 "cc":["cc@example.org"],"bcc":["bcc@example.org"],"replyTo":["help@example.com"],
                 "subject":"Your order","text":"Hello","html":"<p>Hello","headers":{"X-Order":"42"},"tags":["order"],
                 "metadata":{"orderId":"42"},
                 "attachments":[{"name":"a.pdf","type":"application/pdf","base64":"AQI=","inline":false,"contentId":null},
                                {"name":"b.png","type":"image/png","base64":"AQID","inline":true,"contentId":"logo"}],
                 "notAfter":"2026-11-21T12:00:00Z","ambiguity":"resend-other","providers":{"only":["ses"],"not":["smtp"]},
                 "storeFailure":"hold","routingKey":"tenant-1","trafficClass":"bulk",
                 "x-note":{"anything":[1,2,{"goes":null}]}}
                """);

        assertThat(email.from()).isEqualTo(EmailAddress.of("Shop", "no-reply@example.com"));
        assertThat(email.to()).extracting(EmailAddress::address).containsExactly("ada@example.org");
        assertThat(email.cc()).extracting(EmailAddress::address).containsExactly("cc@example.org");
        assertThat(email.bcc()).extracting(EmailAddress::address).containsExactly("bcc@example.org");
        assertThat(email.replyTo()).extracting(EmailAddress::address).containsExactly("help@example.com");
        assertThat(email.subject()).isEqualTo("Your order");
        assertThat(email.text()).isEqualTo("Hello");
        assertThat(email.html()).isEqualTo("<p>Hello");
        assertThat(email.headers()).isEqualTo(Map.of("X-Order", "42"));
        assertThat(email.tags()).containsExactly("order");
        assertThat(email.metadata()).isEqualTo(Map.of("orderId", "42"));
        assertThat(email.attachments()).extracting(Attachment::name).containsExactly("a.pdf", "b.png");
        assertThat(email.attachments()).extracting(Attachment::contentId).containsExactly("", "logo");
        assertThat(email.attachments()).extracting(Attachment::size).containsExactly(2, 3);
        assertThat(email.notAfter()).contains(Instant.parse("2026-11-21T12:00:00Z"));
        assertThat(email.ambiguity()).contains(Ambiguity.RESEND_OTHER);
        assertThat(email.storeFailure()).contains(StoreFailure.HOLD);
        assertThat(email.onlyProviders()).containsExactly("ses");
        assertThat(email.deniedProviders()).containsExactly("smtp");
        assertThat(email.routingKey()).isEqualTo("tenant-1");
        assertThat(email.trafficClass()).isEqualTo("bulk");
        assertThat(email.idempotencyKey()).isEqualTo("order-42");
    }

    @Test
    void anAbsentFieldAndANullTakeTheDefault() {
        Email email =
                messages.read("{'v':1,'from':'a@example.com','to':['b@example.com'],'text':'t','html':null,'cc':null,"
                                .replace('\'', '"')
                        + "\"ambiguity\":null,\"storeFailure\":null,\"providers\":{\"only\":null}}");

        assertThat(email.html()).isEmpty();
        assertThat(email.cc()).isEmpty();
        assertThat(email.ambiguity()).isEmpty();
        assertThat(email.storeFailure()).isEmpty();
        assertThat(email.idempotencyKey()).isEmpty();
    }

    @Test
    void theKeyOfTheBodyComesBeforeTheKeyBesideIt() {
        assertThat(messages.read(with("'idempotencyKey':'own'"), "beside").idempotencyKey())
                .isEqualTo("own");
        assertThat(messages.read(with("'x-a':1"), "beside").idempotencyKey()).isEqualTo("beside");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'v':2|unknown_version|v is a version that is not known",
                "'v':99999999999999999999|unknown_version|v is a version that is not known",
                "'v':'1'|unknown_version|v is not a whole number",
                "'v':1.0|unknown_version|v is not a whole number",
                "'v':null|unknown_version|v is missing",
                "'from':null|missing_field|from is missing",
                "'from':7|wrong_type|from is of type number: a string is needed",
                "'from':'nobody'|invalid_field|from: address needs exactly one '@'",
                "'to':'a@example.com'|wrong_type|to is of type string: an array is needed",
                "'to':[1]|wrong_type|to[0] is of type number: a string is needed",
                "'to':[null]|wrong_type|to[0] is of type null: a string is needed",
                "'to':['b@example.com','c']|invalid_field|to[1]: address needs exactly one '@'",
                "'to':[]|invalid_field|to, cc and bcc are all empty",
                "'text':''|invalid_field|text and html are both empty",
                "'subject':'a\\nb'|invalid_field|subject holds the control character U+000A at index 1",
                "'colour':'red'|unknown_field|colour is not a known field",
                "'canary@secret.example':1|unknown_field|(a name with special characters) is not a known field",
                "'providers':{'prefer':[]}|unknown_field|providers.prefer is not a known field",
                "'providers':{'only':['SES']}|invalid_field|providers.only[0]: onlyProviders needs names",
                "'headers':{'X-A':1}|wrong_type|headers.X-A is of type number",
                "'headers':{'Bcc':'x'}|invalid_field|header Bcc is written by the email itself",
                "'headers':{'canary@secret.example':'a\\rb'}|invalid_field|headers holds a name or value",
                "'metadata':{'k':{}}|wrong_type|metadata.k is of type object",
                "'tags':['a','a']|invalid_field|tags[1]: tag stands twice",
                "'notAfter':'tomorrow'|invalid_field|notAfter: is not a time in UTC",
                "'notAfter':'2026-13-21T12:00:00Z'|invalid_field|notAfter: is not a time in UTC",
                "'ambiguity':'retry'|invalid_field|ambiguity: is none of stop, resend-same and resend-other",
                "'storeFailure':'maybe'|invalid_field|storeFailure: is neither send nor hold",
                "'routingKey':''|invalid_field|routingKey is empty",
                "'trafficClass':7|wrong_type|trafficClass is of type number",
                "'idempotencyKey':''|invalid_field|idempotencyKey is empty",
                "'attachments':[{}]|missing_field|attachments[0].name is missing",
                "'attachments':[{'name':'a','type':'b/c','base64':'AA'}]|invalid_field|attachments[0].base64: is not base64",
                "'attachments':[{'name':'a','type':'b/c','base64':'AB=='}]|invalid_field|attachments[0].base64: is not base64",
                "'attachments':[{'name':'a','type':'b/c','base64':'A A='}]|invalid_field|attachments[0].base64: is not base64",
                "'attachments':[{'name':'a','type':'b','base64':''}]|invalid_field|attachments[0]: attachment type",
                "'attachments':[{'name':'a','type':'b/c','base64':'','inline':'yes'}]|wrong_type|attachments[0].inline",
                "'attachments':[{'name':'a','type':'b/c','base64':'','inline':true}]|invalid_field|attachments[0]: attachment contentId",
                "'attachments':[{'name':'a','type':'b/c','base64':'','contentId':'x'}]|invalid_field|attachments[0].contentId",
                "'attachments':[{'name':'a','type':'b/c','base64':'','url':'x'}]|unknown_field|attachments[0].url"
            })
    void anErrorHasACodeAndNamesTheFieldAndWhatIsWrong(String field, String code, String reason) {
        MalformedMessageException error = error(with(field));

        assertThat(error.code()).isEqualTo(code);
        assertThat(error.reason()).contains(reason).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'from':'canary@secret.example@'",
                "'to':['canary@secret.example canary@secret.example']",
                "'subject':'canary@secret.example\\u0000'",
                "'headers':{'X-A':'canary@secret.example\\n'}",
                "'metadata':{'canary@secret.example':'\\n'}",
                "'tags':['canary@secret.example\\n']",
                "'idempotencyKey':'canary@secret.example\\n'",
                "'notAfter':'canary@secret.example'",
                "'ambiguity':'canary@secret.example'",
                "'storeFailure':'canary@secret.example'",
                "'providers':{'only':['canary@secret.example']}",
                "'attachments':[{'name':'canary@secret.example\\n','type':'a/b','base64':''}]",
                "'attachments':[{'name':'a','type':'canary@secret.example','base64':''}]",
                "'attachments':[{'name':'a','type':'a/b','base64':'canary@secret.example'}]",
                "'text':canary@secret.example",
                "'text':'canary@secret.example"
            })
    @DisplayName("C11 an error never repeats a value, nor do its causes")
    void neverRepeatsAValue(String field) {
        Throwable error = error(with(field));

        for (Throwable t = error; t != null; t = t.getCause()) {
            assertThat(t.toString()).doesNotContain("canary").doesNotContain("secret");
        }
    }

    @Test
    @DisplayName("C12 depth of 10,000, huge numbers, long names and type ids meet limits at once")
    void boundsWhatAMessageCanMakeUsDo() {
        String deep = with("'x-deep':" + "[".repeat(10_000) + "]".repeat(10_000));
        String number = with("'x-n':" + "9".repeat(100_000));
        String exponent = with("'x-n':1e999999999");
        String name = with("'x-" + "n".repeat(300) + "':1");
        String type = with("'@class':'javax.script.ScriptEngineManager'");

        assertThat(java.util.stream.Stream.of(deep, number, name)
                        .map(body -> error(body).code()))
                .containsOnly("too_complex");
        assertThat(error(type).code()).isEqualTo("unknown_field");
        assertThat(messages.read(exponent).recipientCount()).isEqualTo(1);
        assertThat(Duration.ofNanos(elapsed(() -> error(deep)))).isLessThan(Duration.ofSeconds(10));
    }

    private static long elapsed(Runnable task) {
        long start = System.nanoTime();
        task.run();
        return System.nanoTime() - start;
    }

    @Test
    void aBodyIsBoundedInBytesAndTheBoundCanBeLowered() {
        String body = with("'x-pad':'" + "ä".repeat(300) + "'");
        int bytes = body.getBytes(StandardCharsets.UTF_8).length;

        assertThat(EmailMessages.upTo(bytes).read(body).recipientCount()).isEqualTo(1);
        assertThat(catchThrowableOfType(
                                MalformedMessageException.class,
                                () -> EmailMessages.upTo(bytes - 1).read(body))
                        .code())
                .isEqualTo("too_large");
        assertThat(error(with("'x-pad':'" + "p".repeat(1 << 20) + "'")).code()).isEqualTo("too_large");
        assertThatThrownBy(() -> EmailMessages.upTo(0)).hasMessage("maxBodyBytes is 0: 1 to 1048576 is needed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|not_json",
                "'   '|not_json",
                "nonsense|not_json",
                "'[]'|wrong_type",
                "'{} {}'|not_json",
                "'{\"v\":1,\"v\":1}'|duplicate_field",
                "'{\"x-a\":{\"b\":1,\"b\":2},\"v\":1}'|duplicate_field",
                "'{}'|unknown_version",
                "'\"text\"'|wrong_type",
                "'{\"v\":1'|not_json",
                "'{\"v\":NaN}'|not_json"
            })
    void whatIsNotOneObjectIsRefused(String body, String code) {
        assertThat(error(body).code()).isEqualTo(code);
    }

    private MalformedMessageException error(String body) {
        return catchThrowableOfType(MalformedMessageException.class, () -> messages.read(body));
    }

    /** A valid message with one field put in its place, in single quotes. */
    private static String with(String field) {
        String name = field.substring(1, field.indexOf('\'', 1));
        StringBuilder body = new StringBuilder("{").append(field);
        Map.of("v", "1", "from", "'a@example.com'", "to", "['b@example.com']", "text", "'t'")
                .forEach((key, value) -> {
                    if (!key.equals(name)) {
                        body.append(",'").append(key).append("':").append(value);
                    }
                });
        return body.append('}').toString().replace('\'', '"');
    }

    @Test
    void textIsNotTakenForAnotherEncodingOfText() {
        String message = "{\"v\":1,\"from\":\"shop@example.com\",\"to\":[\"ada@example.org\"],\"text\":\"%s\"}";
        String plain = message.formatted("hello");
        String inTwoBytes = plain.replaceAll("(?s)(.)", "\0$1");

        assertThat(messages.read(message.formatted("漢 é")).text()).isEqualTo("漢 é");
        assertThat(messages.read(message.formatted("\uD83D\uDE00")).text()).isEqualTo("\uD83D\uDE00");
        assertThatThrownBy(() -> messages.read(inTwoBytes)).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> messages.read(message.formatted("\uD83D")))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("half a surrogate pair");
    }
}
