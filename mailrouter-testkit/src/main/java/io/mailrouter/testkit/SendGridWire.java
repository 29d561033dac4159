package io.mailrouter.testkit;

import io.mailrouter.email.Tracking;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The mail/send operation of the SendGrid v3 API, with those of its limits that a request can break. */
final class SendGridWire implements WireFormat {

    private static final int MAX_PERSONALIZATIONS = 1_000;
    private static final int MAX_CATEGORIES = 10;
    private static final int MAX_CUSTOM_ARGS = 10_000;

    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    @Override
    public String path() {
        return "/v3/mail/send";
    }

    @Override
    public boolean authorized(String authorization) {
        return authorization.startsWith("Bearer ") && authorization.length() > "Bearer ".length();
    }

    @Override
    public AcceptedEmail read(byte[] body) throws Refusal {
        return readAll(body).get(0);
    }

    @Override
    public Intake take(String target, byte[] body) throws Refusal {
        List<AcceptedEmail> emails = readAll(body);
        return new Intake(emails, accepted(emails.get(0)));
    }

    /** Makes of each personalization an email as its recipient gets it; the service's id is that of the request. */
    private List<AcceptedEmail> readAll(byte[] body) throws Refusal {
        JsonObject request = JsonObject.parse(body);
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 22);
        List<JsonObject> personalizations = request.objects("personalizations");
        if (personalizations.isEmpty() || personalizations.size() > MAX_PERSONALIZATIONS) {
            throw new Refusal("The personalizations field is required and holds at most 1000 objects.");
        }
        List<AcceptedEmail> emails = new ArrayList<>(personalizations.size());
        for (JsonObject personalization : personalizations) {
            emails.add(read(request, personalization, new Draft(id, body)));
        }
        return emails;
    }

    private AcceptedEmail read(JsonObject request, JsonObject personalization, Draft draft) throws Refusal {
        recipients(personalization, draft);
        if (draft.to.stream().anyMatch(mailbox -> refused.contains(mailbox.address()))) {
            throw new Refusal("Does not contain a valid address.");
        }
        draft.from = mailbox(request.object("from"));
        draft.replyTo = replyTo(request);
        draft.subject = request.string("subject");
        draft.templateId = request.string("template_id");
        draft.variables = personalization.object("dynamic_template_data").pairs();
        content(request, draft);
        Substitutions.of(personalization, draft).apply(draft);
        draft.headers.putAll(request.object("headers").pairs());
        labels(request, personalization, draft);
        for (JsonObject file : request.objects("attachments")) {
            draft.attach(
                    file.required("filename"),
                    file.string("type"),
                    file.string("disposition"),
                    file.string("content_id"),
                    file.required("content"));
        }
        timing(request, draft);
        return new AcceptedEmail(draft);
    }

    void refuse(String address) {
        refused.add(address);
    }

    private static Mailbox mailbox(JsonObject json) throws Refusal {
        String address = json.required("email");
        String name = json.string("name");
        if (address.chars().anyMatch(c -> c <= 0x20 || c > 0x7E) || address.indexOf('@') < 1) {
            throw new Refusal("Does not contain a valid address.");
        }
        if (name.indexOf(';') >= 0 || name.indexOf(',') >= 0) {
            throw new Refusal("The name must not hold a semicolon or a comma.");
        }
        return new Mailbox(name, address);
    }

    private static List<Mailbox> mailboxes(List<JsonObject> list) throws Refusal {
        List<Mailbox> mailboxes = new ArrayList<>(list.size());
        for (JsonObject json : list) {
            mailboxes.add(mailbox(json));
        }
        return mailboxes;
    }

    private static void recipients(JsonObject personalization, Draft draft) throws Refusal {
        draft.to = mailboxes(personalization.objects("to"));
        draft.cc = mailboxes(personalization.objects("cc"));
        draft.bcc = mailboxes(personalization.objects("bcc"));
        if (draft.to.isEmpty()) {
            throw new Refusal("The to array is required for all personalization objects, and must have at least one.");
        }
        Set<String> seen = new HashSet<>();
        for (List<Mailbox> list : List.of(draft.to, draft.cc, draft.bcc)) {
            for (Mailbox mailbox : list) {
                if (!seen.add(mailbox.address().toLowerCase(Locale.ROOT))) {
                    throw new Refusal("Each email address in the personalization block should be unique between to, "
                            + "cc, and bcc.");
                }
            }
        }
    }

    private static List<Mailbox> replyTo(JsonObject request) throws Refusal {
        if (request.has("reply_to") && request.has("reply_to_list")) {
            throw new Refusal("reply_to and reply_to_list exclude each other.");
        }
        return request.has("reply_to")
                ? List.of(mailbox(request.object("reply_to")))
                : mailboxes(request.objects("reply_to_list"));
    }

    private static void content(JsonObject request, Draft draft) throws Refusal {
        for (JsonObject part : request.objects("content")) {
            String value = part.required("value");
            switch (part.required("type")) {
                case "text/plain" -> draft.text = value;
                case "text/html" -> draft.html = value;
                default -> throw new Refusal("This stand-in takes text/plain and text/html only.");
            }
            if (!draft.html.isEmpty() && "text/plain".equals(part.string("type"))) {
                throw new Refusal("If present, text/plain must be first, followed by text/html.");
            }
        }
        if (draft.templateId.isEmpty() && (draft.subject.isEmpty() || (draft.text + draft.html).isEmpty())) {
            throw new Refusal("The subject and the content are required unless a template is used.");
        }
    }

    private static void labels(JsonObject request, JsonObject personalization, Draft draft) throws Refusal {
        draft.tags.addAll(request.strings("categories"));
        if (draft.tags.size() > MAX_CATEGORIES || new HashSet<>(draft.tags).size() < draft.tags.size()) {
            throw new Refusal("There is a limit of 10 unique categories.");
        }
        int bytes = 0;
        Map<String, String> args = new HashMap<>(request.object("custom_args").pairs());
        args.putAll(personalization.object("custom_args").pairs());
        for (Map.Entry<String, String> arg : args.entrySet()) {
            bytes += (arg.getKey() + arg.getValue()).getBytes(StandardCharsets.UTF_8).length;
            if ("mr_id".equals(arg.getKey())) {
                draft.reference = arg.getValue();
            } else {
                draft.metadata.put(arg.getKey(), arg.getValue());
            }
        }
        if (bytes > MAX_CUSTOM_ARGS) {
            throw new Refusal("The custom_args are larger than 10000 bytes.");
        }
    }

    private static void timing(JsonObject request, Draft draft) throws Refusal {
        Optional<BigDecimal> sendAt = request.number("send_at");
        try {
            draft.sendAt = sendAt.map(seconds -> Instant.ofEpochSecond(seconds.longValueExact()));
        } catch (ArithmeticException e) {
            throw new Refusal("send_at is not a whole number of seconds.");
        }
        if (request.has("tracking_settings")) {
            JsonObject tracking = request.object("tracking_settings");
            draft.tracking = Optional.of(new Tracking(
                    tracking.object("open_tracking").flag("enable"),
                    tracking.object("click_tracking").flag("enable")));
        }
    }

    @Override
    public Reply accepted(AcceptedEmail email) {
        return new Reply(202, Map.of("X-Message-Id", email.messageId()), new byte[0]);
    }

    @Override
    public Reply refused(Refusal refusal) {
        return error(400, Map.of(), refusal.text());
    }

    @Override
    public Reply unauthorized() {
        return error(401, Map.of(), "Permission denied, wrong credentials");
    }

    @Override
    public Reply notFound() {
        return error(404, Map.of(), "Not Found");
    }

    @Override
    public Optional<Reply> error(Fault fault) {
        return switch (fault) {
            case UNAUTHORIZED ->
                Optional.of(error(401, Map.of(), "The provided authorization grant is invalid, expired, or revoked"));
            case SUSPENDED -> Optional.of(error(403, Map.of(), "access forbidden"));
            case INTERNAL_ERROR -> Optional.of(error(500, Map.of(), "internal error"));
            case THROTTLED -> Optional.of(error(429, Map.of(), "too many requests"));
            case THROTTLED_WITH_HINT ->
                Optional.of(throttled(Long.toString(Instant.now().getEpochSecond() + 30)));
            case THROTTLED_WITH_JUNK -> Optional.of(throttled("-1"));
            case QUOTA_EXHAUSTED -> Optional.of(error(401, Map.of(), "Maximum credits exceeded"));
            case REJECTS -> Optional.of(error(400, Map.of(), "Does not contain a valid address."));
            default -> Optional.empty();
        };
    }

    static Reply throttled(String reset) {
        return error(
                429,
                Map.of("X-RateLimit-Limit", "500", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset),
                "too many requests");
    }

    static Reply error(int status, Map<String, String> headers, String message) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("Content-Type", "application/json");
        return Reply.json(
                status, all, "{\"errors\":[{\"message\":" + Quoted.json(message) + ",\"field\":null,\"help\":null}]}");
    }
}
