package io.mailrouter.sqs.message;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import java.util.Locale;
import java.util.Map;

/** One contact's copy of a campaign. {@link EmailMessages} says what becomes of each field. */
final class CampaignFormat {

    private CampaignFormat() {}

    static Email email(Fields fields, String keyIfAbsent) {
        Fields config = fields.requiredObject("config");
        Fields contact = fields.requiredObject("contact");
        EmailBuilder email = Email.builder();
        email.metadata("campaign_id", fields.requiredId("campaign_id"));
        email.from(config.requiredText("from_email"));
        email.to(contact.requiredText("email"));
        config.text("email_service").ifPresent(name -> email.preferProvider(name.toLowerCase(Locale.ROOT)));

        Map<String, String> values = contact.valuesByName();
        email.subject(Placeholders.inText("subject", values).fill(fields.requiredText("subject")));
        email.html(Placeholders.inHtml("body", values).fill(fields.requiredText("body")));
        if (!keyIfAbsent.isEmpty()) {
            email.idempotencyKey(keyIfAbsent);
        }

        // Read, so that a wrong type is told, and not carried: EmailMessages says why.
        fields.text("campaign_name");
        config.text("aws_region");
        config.text("aws_secret_name");
        config.refuseOthers();
        fields.refuseOthers();
        return email.build();
    }
}
