package io.mailrouter.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The SendBulkEmail operation of the Amazon SES v2 API. */
final class SesBulkWire {

    static final String PATH = "/v2/email/outbound-bulk-emails";

    private static final int MAX_ENTRIES = 50;
    private static final int MAX_INLINE = 1_000_000;
    private static final int MAX_DATA = 262_144;
    private static final String SUCCESS = "SUCCESS";
    private static final Pattern VARIABLE = Pattern.compile("\\{\\{(?:([A-Za-z][A-Za-z0-9_]*)}}(?!}))?");

    private final Map<String, String> statuses = new ConcurrentHashMap<>();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    void status(String address, String status) {
        statuses.put(address, status);
    }

    void refuse(String address) {
        refused.add(address);
    }

    void check(Draft draft) throws Refusal {
        if (draft.to.stream().anyMatch(mailbox -> refused.contains(mailbox.address()))) {
            throw new Refusal("Illegal address");
        }
    }

    WireFormat.Intake take(byte[] body) throws Refusal {
        JsonObject request = JsonObject.parse(body);
        List<JsonObject> entries = request.objects("BulkEmailEntries");
        if (entries.isEmpty() || entries.size() > MAX_ENTRIES) {
            throw new Refusal("Bulk email entries are not between 1 and " + MAX_ENTRIES + ".");
        }
        JsonObject template = request.object("DefaultContent").object("Template");
        if (template.has("TemplateContent") && body.length > MAX_INLINE) {
            throw new Refusal("The request with an inline template is larger than 1 MB.");
        }
        List<AcceptedEmail> emails = new ArrayList<>();
        StringJoiner results = new StringJoiner(",", "{\"BulkEmailEntryResults\":[", "]}");
        for (JsonObject entry : entries) {
            AcceptedEmail email = read(request, template, entry, body);
            String status = statuses.getOrDefault(email.to().get(0).address(), SUCCESS);
            if (status.equals(SUCCESS)) {
                emails.add(email);
                results.add("{\"Status\":\"SUCCESS\",\"MessageId\":\"" + email.messageId() + "\"}");
            } else {
                results.add("{\"Status\":" + Quoted.json(status) + ",\"Error\":\"This entry was not sent.\"}");
            }
        }
        return new WireFormat.Intake(
                emails, Reply.json(200, Map.of("Content-Type", "application/json"), results.toString()));
    }

    private AcceptedEmail read(JsonObject request, JsonObject template, JsonObject entry, byte[] body) throws Refusal {
        Draft draft = new Draft("0102-" + UUID.randomUUID() + "-000000", body);
        SesWire.envelope(request, draft);
        SesWire.destination(entry.object("Destination"), draft);
        check(draft);
        Set<String> replaced = new HashSet<>();
        for (JsonObject tag : entry.objects("ReplacementTags")) {
            replaced.add(tag.required("Name"));
            SesWire.tag(tag.required("Name"), tag.required("Value"), draft);
        }
        for (JsonObject tag : request.objects("DefaultEmailTags")) {
            if (!replaced.contains(tag.required("Name"))) {
                SesWire.tag(tag.required("Name"), tag.required("Value"), draft);
            }
        }
        SesWire.headersAndFiles(template, draft);
        String data = entry.object("ReplacementEmailContent")
                .object("ReplacementTemplate")
                .string("ReplacementTemplateData");
        fillIn(template, data.isEmpty() ? template.required("TemplateData") : data, draft);
        return new AcceptedEmail(draft);
    }

    private static void fillIn(JsonObject template, String data, Draft draft) throws Refusal {
        if (data.length() > MAX_DATA) {
            throw new Refusal("Template data is longer than " + MAX_DATA + " characters.");
        }
        Map<String, String> values =
                JsonObject.parse(data.getBytes(StandardCharsets.UTF_8)).pairs();
        if (!template.has("TemplateContent")) {
            draft.templateId = template.required("TemplateName");
            draft.variables = values;
            return;
        }
        JsonObject content = template.object("TemplateContent");
        draft.subject = filled(content.string("Subject"), values);
        draft.text = filled(content.string("Text"), values);
        draft.html = filled(content.string("Html"), values);
    }

    /** Escapes nothing, as the service does not either. */
    private static String filled(String text, Map<String, String> values) throws Refusal {
        Matcher variable = VARIABLE.matcher(text);
        StringBuilder filled = new StringBuilder();
        while (variable.find()) {
            String value = variable.group(1) == null ? null : values.get(variable.group(1));
            if (value == null) {
                throw new Refusal("Missing rendering attribute or malformed template.");
            }
            variable.appendReplacement(filled, Matcher.quoteReplacement(value));
        }
        return variable.appendTail(filled).toString();
    }
}
