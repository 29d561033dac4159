package io.mailrouter.sqs.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CampaignMessagesTest {

    private final EmailMessages messages = EmailMessages.upToDefaultSize();

    private static String campaign(String subject, String body, String contact) {
        return ("{'campaign_id':'c-7','campaign_name':'Spring sale, 2026','subject':'" + subject + "','body':'" + body
                        + "','contact':{'email':'ada@example.org'" + contact
                        + "},'config':{'email_service':'SES','from_email':'Shop <news@example.com>',"
                        + "'aws_region':'eu-west-1','aws_secret_name':'mail/prod'}}")
                .replace('\'', '"');
    }

    @Test
    void aContactsCopyBecomesAnEmail() {
        Email email = messages.read(campaign(
                "Hello {{first_name}} & {{ company }}",
                "<p>Dear {{first_name}} of {{company}}, code {{code}}{{x}}",
                ",'first_name':'Ada','company':'A&B <Ltd>','code':42,'x':true"));

        assertThat(email.to()).extracting(EmailAddress::address).containsExactly("ada@example.org");
        assertThat(email.from()).isEqualTo(EmailAddress.of("Shop", "news@example.com"));
        assertThat(email.subject()).isEqualTo("Hello Ada & A&B <Ltd>");
        assertThat(email.html()).isEqualTo("<p>Dear Ada of A&amp;B &lt;Ltd&gt;, code 42true");
        assertThat(email.text()).isEmpty();
        assertThat(email.preferredProvider()).contains("ses");
        assertThat(email.onlyProviders()).isEmpty();
        assertThat(email.metadata()).isEqualTo(Map.of("campaign_id", "c-7"));
        assertThat(email.headers()).isEmpty();
        assertThat(email.idempotencyKey()).isEmpty();
    }

    @Test
    void theKeyBesideTheMessageIsTaken() {
        assertThat(messages.read(campaign("s", "b", ""), "c-7/ada").idempotencyKey())
                .isEqualTo("c-7/ada");
    }

    @Test
    @DisplayName("C7 a value is data: not filled again, escaped in HTML, and unable to end the subject's line")
    void aValueIsData() {
        Email email = messages.read(campaign(
                "{{first_name}}", "{{first_name}}", ",'first_name':'{{company}}<script>\\\"x','company':'leak'"));

        assertThat(email.subject()).isEqualTo("{{company}}<script>\"x");
        assertThat(email.html()).isEqualTo("{{company}}&lt;script&gt;&quot;x");
        assertThat(error(campaign("{{first_name}}", "b", ",'first_name':'a\\r\\nBcc: x'"))
                        .reason())
                .isEqualTo("subject holds the control character U+000D at index 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{{last_name}}|b||missing_variable|contact.last_name is missing: subject uses it",
                "s|{{last_name}}|,'last_name':null|missing_variable|contact.last_name is missing: body uses it",
                "s|{{first name}}||invalid_field|body holds {{ at index 0",
                "s|a {{#if}}||invalid_field|body holds {{ at index 2",
                "s|b|,'tags':['a']|wrong_type|contact.tags is of type array",
                "s|||invalid_field|text and html are both empty"
            })
    void whatCannotBeFilledIsAnErrorThatNamesTheVariable(
            String subject, String body, String contact, String code, String reason) {
        MalformedMessageException error =
                error(campaign(subject, body == null ? "" : body, contact == null ? "" : contact));

        assertThat(error.code()).isEqualTo(code);
        assertThat(error.reason()).contains(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'campaign_name'|'campaign'|campaign is not a known field",
                "'aws_region'|'region'|config.region is not a known field",
                "'from_email'|'x-from'|config.from_email is missing",
                "'email'|'mail'|contact.email is missing",
                "'subject':'s'|'subject':1|subject is of type number",
                "'mail/prod'|7|config.aws_secret_name is of type number",
                "'SES'|'S E S'|preferProvider needs names"
            })
    void aFieldOutOfPlaceIsNamed(String part, String other, String reason) {
        String body = campaign("s", "b", "").replace(part.replace('\'', '"'), other.replace('\'', '"'));

        assertThat(error(body).reason()).contains(reason);
    }

    @Test
    @DisplayName("C12 a long value named often is stopped before it fills the heap")
    void boundsTheFilledText() {
        String body = campaign("s", "{{v}}".repeat(50_000), ",'v':'" + "v".repeat(500_000) + "'");

        assertThat(error(body).code()).isEqualTo("too_large");
    }

    private MalformedMessageException error(String body) {
        return catchThrowableOfType(MalformedMessageException.class, () -> messages.read(body));
    }
}
