package io.mailrouter.ses;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sesv2.model.AttachmentContentDisposition;
import software.amazon.awssdk.services.sesv2.model.AttachmentContentTransferEncoding;
import software.amazon.awssdk.services.sesv2.model.Body;
import software.amazon.awssdk.services.sesv2.model.ConfigurationOverrides;
import software.amazon.awssdk.services.sesv2.model.Content;
import software.amazon.awssdk.services.sesv2.model.Destination;
import software.amazon.awssdk.services.sesv2.model.EmailContent;
import software.amazon.awssdk.services.sesv2.model.FeatureStatus;
import software.amazon.awssdk.services.sesv2.model.Message;
import software.amazon.awssdk.services.sesv2.model.MessageHeader;
import software.amazon.awssdk.services.sesv2.model.MessageTag;
import software.amazon.awssdk.services.sesv2.model.SendEmailRequest;
import software.amazon.awssdk.services.sesv2.model.TrackingConfigurationOverrides;

/**
 * Turns an email into a SendEmail request.
 *
 * <p>SES has tags of name and value only. A tag {@code t} becomes the SES tag {@code tag_t} with the value 1, metadata
 * keeps its key, and the reference goes as {@code mr_id}; {@link SesLimits} keeps the three apart.
 */
final class SesRequest {

    static final String TAG_PREFIX = "tag_";
    static final String REFERENCE = "mr_id";
    private static final String UTF_8 = "UTF-8";

    private SesRequest() {}

    static SendEmailRequest.Builder of(Email email, String reference, String configurationSet) {
        SendEmailRequest.Builder request = SendEmailRequest.builder()
                .fromEmailAddress(HeaderMailbox.of(email.from()))
                .destination(destination(email))
                .emailTags(tags(email, reference))
                .content(content(email));
        if (!email.replyTo().isEmpty()) {
            request.replyToAddresses(HeaderMailbox.of(email.replyTo()));
        }
        email.envelopeFrom().map(EmailAddress::address).ifPresent(request::feedbackForwardingEmailAddress);
        email.tracking().map(SesRequest::tracking).ifPresent(request::configurationOverrides);
        if (!configurationSet.isEmpty()) {
            request.configurationSetName(configurationSet);
        }
        email.options(SesOptions.class).ifPresent(options -> add(options, request));
        return request;
    }

    private static Destination destination(Email email) {
        Destination.Builder destination = Destination.builder();
        if (!email.to().isEmpty()) {
            destination.toAddresses(HeaderMailbox.of(email.to()));
        }
        if (!email.cc().isEmpty()) {
            destination.ccAddresses(HeaderMailbox.of(email.cc()));
        }
        if (!email.bcc().isEmpty()) {
            destination.bccAddresses(HeaderMailbox.of(email.bcc()));
        }
        return destination.build();
    }

    private static void add(SesOptions options, SendEmailRequest.Builder request) {
        if (!options.configurationSet().isEmpty()) {
            request.configurationSetName(options.configurationSet());
        }
        if (!options.tenant().isEmpty()) {
            request.tenantName(options.tenant());
        }
        if (!options.fromIdentityArn().isEmpty()) {
            request.fromEmailAddressIdentityArn(options.fromIdentityArn());
        }
    }

    static ConfigurationOverrides tracking(Tracking tracking) {
        TrackingConfigurationOverrides switches = TrackingConfigurationOverrides.builder()
                .openTrackingEnabled(status(tracking.opens()))
                .clickTrackingEnabled(status(tracking.clicks()))
                .build();
        return ConfigurationOverrides.builder().tracking(switches).build();
    }

    private static FeatureStatus status(boolean on) {
        return on ? FeatureStatus.ENABLED : FeatureStatus.DISABLED;
    }

    static List<MessageTag> tags(Email email, String reference) {
        List<MessageTag> tags = new ArrayList<>();
        tags.add(tag(REFERENCE, reference));
        email.tags().forEach(name -> tags.add(tag(TAG_PREFIX + name, "1")));
        email.metadata().forEach((key, value) -> tags.add(tag(key, value)));
        return tags;
    }

    private static MessageTag tag(String name, String value) {
        return MessageTag.builder().name(name).value(value).build();
    }

    private static EmailContent content(Email email) {
        EmailContent.Builder content = EmailContent.builder();
        if (email.raw().isPresent()) {
            SdkBytes message = SdkBytes.fromByteBuffer(email.raw().get().content());
            return content.raw(raw -> raw.data(message)).build();
        }
        if (email.template().isPresent()) {
            return content.template(template(email, email.template().get())).build();
        }
        return content.simple(simple(email)).build();
    }

    private static Message simple(Email email) {
        Message.Builder message =
                Message.builder().subject(text(email.subject())).body(body(email));
        List<MessageHeader> headers = headers(email);
        if (!headers.isEmpty()) {
            message.headers(headers);
        }
        return email.attachments().isEmpty()
                ? message.build()
                : message.attachments(files(email)).build();
    }

    private static software.amazon.awssdk.services.sesv2.model.Template template(Email email, Template template) {
        software.amazon.awssdk.services.sesv2.model.Template.Builder filled =
                software.amazon.awssdk.services.sesv2.model.Template.builder()
                        .templateName(template.id())
                        .templateData(JsonText.object(template.variables()));
        List<MessageHeader> headers = headers(email);
        if (!headers.isEmpty()) {
            filled.headers(headers);
        }
        return email.attachments().isEmpty()
                ? filled.build()
                : filled.attachments(files(email)).build();
    }

    private static List<software.amazon.awssdk.services.sesv2.model.Attachment> files(Email email) {
        return email.attachments().stream().map(SesRequest::file).toList();
    }

    private static Body body(Email email) {
        Body.Builder body = Body.builder();
        if (!email.text().isEmpty()) {
            body.text(text(email.text()));
        }
        if (!email.html().isEmpty()) {
            body.html(text(email.html()));
        }
        return body.build();
    }

    private static Content text(String data) {
        return Content.builder().data(data).charset(UTF_8).build();
    }

    static List<MessageHeader> headers(Email email) {
        List<MessageHeader> headers = new ArrayList<>();
        for (Map.Entry<String, String> header : email.headers().entrySet()) {
            headers.add(header(header.getKey(), header.getValue()));
        }
        email.unsubscribe().ifPresent(unsubscribe -> {
            headers.add(header("List-Unsubscribe", unsubscribe.listUnsubscribe()));
            headers.add(header("List-Unsubscribe-Post", unsubscribe.listUnsubscribePost()));
        });
        return headers;
    }

    private static MessageHeader header(String name, String value) {
        return MessageHeader.builder().name(name).value(value).build();
    }

    static software.amazon.awssdk.services.sesv2.model.Attachment file(Attachment attachment) {
        software.amazon.awssdk.services.sesv2.model.Attachment.Builder file =
                software.amazon.awssdk.services.sesv2.model.Attachment.builder()
                        .rawContent(SdkBytes.fromByteBuffer(attachment.content()))
                        .fileName(attachment.name())
                        .contentType(attachment.type())
                        .contentTransferEncoding(AttachmentContentTransferEncoding.BASE64)
                        .contentDisposition(
                                attachment.isInline()
                                        ? AttachmentContentDisposition.INLINE
                                        : AttachmentContentDisposition.ATTACHMENT);
        return attachment.isInline() ? file.contentId(attachment.contentId()).build() : file.build();
    }
}
