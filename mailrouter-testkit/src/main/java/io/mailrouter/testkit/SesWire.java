package io.mailrouter.testkit;

import io.mailrouter.email.Tracking;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The SendEmail operation of the Amazon SES v2 API, with those of its limits that a request can break. */
final class SesWire implements WireFormat {

    private static final int MAX_RECIPIENTS = 50;
    private static final int MAX_HEADERS = 15;
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_-]{1,256}");
    private static final Pattern HEADER_NAME = Pattern.compile("[!-9;-~]{1,126}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[ -~]{1,995}");

    private static final String ACCOUNT = "/v2/email/account";

    private final SesBulkWire bulk = new SesBulkWire();

    @Override
    public String path() {
        return "/v2/email/outbound-emails";
    }

    @Override
    public boolean authorized(String authorization) {
        return authorization.startsWith("AWS4-HMAC-SHA256 ");
    }

    @Override
    public boolean takes(String target) {
        return path().equals(target) || SesBulkWire.PATH.equals(target);
    }

    @Override
    public boolean asks(String method, String target) {
        return "GET".equals(method) && ACCOUNT.equals(target);
    }

    static Behaviour account(boolean enabled, String status, double rate, double per24Hours, double sent) {
        String json = "{\"SendingEnabled\":" + enabled + ",\"EnforcementStatus\":\"" + status
                + "\",\"ProductionAccessEnabled\":true,\"SendQuota\":{\"MaxSendRate\":" + rate + ",\"Max24HourSend\":"
                + per24Hours + ",\"SentLast24Hours\":" + sent + "}}";
        Reply reply = Reply.json(200, Map.of("Content-Type", "application/json"), json);
        return Behaviour.answering("account " + status, () -> reply);
    }

    @Override
    public Intake take(String target, byte[] body) throws Refusal {
        return SesBulkWire.PATH.equals(target) ? bulk.take(body) : WireFormat.super.take(target, body);
    }

    SesBulkWire bulk() {
        return bulk;
    }

    @Override
    public AcceptedEmail read(byte[] body) throws Refusal {
        JsonObject request = JsonObject.parse(body);
        Draft draft = new Draft("0102-" + UUID.randomUUID() + "-000000", body);
        envelope(request, draft);
        destination(request.object("Destination"), draft);
        bulk.check(draft);
        for (JsonObject tag : request.objects("EmailTags")) {
            tag(tag.required("Name"), tag.required("Value"), draft);
        }
        JsonObject content = request.object("Content");
        if (content.has("Raw")) {
            draft.rawMime = Draft.base64("Raw", content.object("Raw").required("Data"));
        } else if (content.has("Template")) {
            template(content.object("Template"), draft);
        } else {
            simple(content.object("Simple"), draft);
        }
        return new AcceptedEmail(draft);
    }

    static void envelope(JsonObject request, Draft draft) throws Refusal {
        draft.from = MailboxText.parse("FromEmailAddress", request.required("FromEmailAddress"));
        draft.envelopeFrom = request.string("FeedbackForwardingEmailAddress");
        draft.replyTo = MailboxText.parse("ReplyToAddresses", request.strings("ReplyToAddresses"));
        draft.configurationSet = request.string("ConfigurationSetName");
        if (request.has("ConfigurationOverrides")) {
            JsonObject tracking = request.object("ConfigurationOverrides").object("Tracking");
            draft.tracking = Optional.of(new Tracking(
                    "ENABLED".equals(tracking.string("OpenTrackingEnabled")),
                    "ENABLED".equals(tracking.string("ClickTrackingEnabled"))));
        }
    }

    static void destination(JsonObject destination, Draft draft) throws Refusal {
        draft.to = MailboxText.parse("ToAddresses", destination.strings("ToAddresses"));
        draft.cc = MailboxText.parse("CcAddresses", destination.strings("CcAddresses"));
        draft.bcc = MailboxText.parse("BccAddresses", destination.strings("BccAddresses"));
        if (draft.recipients() < 1 || draft.recipients() > MAX_RECIPIENTS) {
            throw new Refusal("Recipient count is not between 1 and " + MAX_RECIPIENTS + ".");
        }
    }

    static void tag(String name, String value, Draft draft) throws Refusal {
        if (!TAG.matcher(name).matches() || !TAG.matcher(value).matches()) {
            throw new Refusal("Invalid tag: use only alphanumeric ASCII characters, '_', and '-'.");
        }
        if ("mr_id".equals(name)) {
            draft.reference = value;
        } else if (name.startsWith("tag_") && "1".equals(value)) {
            draft.tags.add(name.substring("tag_".length()));
        } else if (draft.metadata.put(name, value) != null) {
            throw new Refusal("Duplicate tag name.");
        }
    }

    private static void simple(JsonObject simple, Draft draft) throws Refusal {
        draft.subject = simple.object("Subject").string("Data");
        JsonObject body = simple.object("Body");
        if (!simple.has("Subject") || !(body.has("Text") || body.has("Html"))) {
            throw new Refusal("Content needs a Subject and a Body.");
        }
        draft.text = body.object("Text").string("Data");
        draft.html = body.object("Html").string("Data");
        headersAndFiles(simple, draft);
    }

    private static void template(JsonObject template, Draft draft) throws Refusal {
        draft.templateId = template.required("TemplateName");
        draft.variables = JsonObject.parse(template.required("TemplateData").getBytes(StandardCharsets.UTF_8))
                .pairs();
        headersAndFiles(template, draft);
    }

    static void headersAndFiles(JsonObject content, Draft draft) throws Refusal {
        for (JsonObject header : content.objects("Headers")) {
            String name = header.required("Name");
            String value = header.required("Value");
            if (!HEADER_NAME.matcher(name).matches()
                    || !HEADER_VALUE.matcher(value).matches()) {
                throw new Refusal("Invalid header.");
            }
            draft.headers.put(name, value);
        }
        if (draft.headers.size() > MAX_HEADERS) {
            throw new Refusal("More than " + MAX_HEADERS + " headers.");
        }
        for (JsonObject file : content.objects("Attachments")) {
            draft.attach(
                    file.required("FileName"),
                    file.string("ContentType"),
                    file.string("ContentDisposition"),
                    file.string("ContentId"),
                    file.string("RawContent"));
        }
    }

    @Override
    public Reply accepted(AcceptedEmail email) {
        return Reply.json(
                200,
                Map.of("Content-Type", "application/json", "x-amzn-RequestId", email.messageId()),
                "{\"MessageId\":\"" + email.messageId() + "\"}");
    }

    @Override
    public Reply refused(Refusal refusal) {
        return error(400, "BadRequestException", refusal.text());
    }

    @Override
    public Reply unauthorized() {
        return error(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }

    @Override
    public Reply notFound() {
        return error(404, "UnknownOperationException", "");
    }

    @Override
    public Optional<Reply> error(Fault fault) {
        return switch (fault) {
            case UNAUTHORIZED ->
                Optional.of(error(403, "InvalidClientTokenId", "The security token included is invalid."));
            case SUSPENDED -> Optional.of(error(400, "AccountSuspendedException", "The account is suspended."));
            case INTERNAL_ERROR -> Optional.of(error(500, "InternalServiceErrorException", "Internal error."));
            case THROTTLED -> Optional.of(error(429, "ThrottlingException", "Maximum sending rate exceeded."));
            case QUOTA_EXHAUSTED -> Optional.of(error(429, "ThrottlingException", "Daily message quota exceeded."));
            case REJECTS -> Optional.of(error(400, "BadRequestException", "Illegal address"));
            default -> Optional.empty();
        };
    }

    static Reply error(int status, String type, String message) {
        return Reply.json(
                status,
                Map.of("Content-Type", "application/json", "x-amzn-ErrorType", type),
                "{\"message\":" + Quoted.json(message) + "}");
    }
}
