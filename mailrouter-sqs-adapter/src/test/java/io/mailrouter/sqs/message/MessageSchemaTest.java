package io.mailrouter.sqs.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The schemas in the jar and the reader agree on messages made at random, as far as a schema can say it. */
class MessageSchemaTest {

    private static final int MESSAGES = 3_000;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final EmailMessages messages = EmailMessages.upToDefaultSize();
    private final JsonMapper mapper = new JsonMapper();
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @BeforeEach
    void printTheSeed() {
        System.out.println("MessageSchemaTest seed " + seed);
    }

    private static JsonSchema schema(String name) throws Exception {
        try (InputStream in = EmailMessages.class.getResourceAsStream("/io/mailrouter/sqs/" + name)) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(in);
        }
    }

    @Test
    void theSchemaOfEmailsAndTheReaderAgree() throws Exception {
        agree(schema("email-message-v1.schema.json"), true);
    }

    @Test
    void theSchemaOfCampaignsAndTheReaderAgree() throws Exception {
        agree(schema("campaign-message.schema.json"), false);
    }

    private void agree(JsonSchema schema, boolean emails) {
        int valid = 0;
        for (int i = 0; i < MESSAGES; i++) {
            ObjectNode message = emails ? email() : campaign();
            int changes = random.nextInt(3);
            for (int c = 0; c < changes; c++) {
                change(message, emails);
            }
            boolean bySchema = schema.validate(message).isEmpty();
            String byReader = read(message);
            assertThat(byReader.isEmpty())
                    .as("schema says %s, reader says '%s' of %s", schema.validate(message), byReader, message)
                    .isEqualTo(bySchema);
            valid += bySchema ? 1 : 0;
        }
        assertThat(valid).as("valid messages among " + MESSAGES).isBetween(MESSAGES / 4, MESSAGES * 9 / 10);
    }

    private String read(JsonNode message) {
        try {
            messages.read(message.toString());
            return "";
        } catch (MalformedMessageException e) {
            return e.reason();
        }
    }

    private ObjectNode email() {
        ObjectNode message = JSON.objectNode();
        message.put("v", 1).put("from", "Shop <no-reply@example.com>");
        message.putArray(pick("to", "cc", "bcc")).add("ada@example.org");
        message.put(pick("text", "html"), "Hello");
        maybe(() -> message.put("subject", pick("", "Your order", "Grüße")));
        maybe(() -> message.put("idempotencyKey", "order-42"));
        maybe(() -> message.putArray("replyTo").add("\"Lovelace, Ada\" <a@example.org>"));
        maybe(() -> message.putObject("headers").put("X-Order", "42"));
        maybe(() -> message.putArray("tags").add("a").add("b"));
        maybe(() -> message.putObject("metadata").put("orderId", ""));
        maybe(() -> message.put("notAfter", pick("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.123Z")));
        maybe(() -> message.put("ambiguity", pick("stop", "resend-same", "resend-other")));
        maybe(() -> message.put("storeFailure", pick("send", "hold")));
        maybe(() -> message.put("routingKey", "tenant-1"));
        maybe(() -> message.put("trafficClass", "bulk"));
        maybe(() -> message.putObject("providers").putArray(pick("only", "not")).add("ses"));
        maybe(() -> message.putObject("x-mine").putArray("any").add(1));
        maybe(() -> attachment(message.putArray("attachments").addObject()));
        return message;
    }

    private void attachment(ObjectNode file) {
        file.put("name", "a.pdf")
                .put("type", "application/pdf")
                .put("base64", pick("", "AQ==", "AQI=", "AQID", "AQIDBA=="));
        if (random.nextBoolean()) {
            file.put("inline", true).put("contentId", "logo");
        } else {
            maybe(() -> file.put("inline", false));
            maybe(() -> file.putNull("contentId"));
        }
    }

    private ObjectNode campaign() {
        ObjectNode message = JSON.objectNode();
        message.put("subject", "Hello").put("body", "<p>Hello");
        if (random.nextBoolean()) {
            message.put("campaign_id", "c-1");
        } else {
            message.put("campaign_id", 7);
        }
        maybe(() -> message.put("campaign_name", "Spring sale, 2026"));
        ObjectNode contact = message.putObject("contact").put("email", "ada@example.org");
        maybe(() -> contact.put("first_name", "Ada"));
        maybe(() -> contact.putNull("company"));
        maybe(() -> contact.put("points", 12.5));
        ObjectNode config = message.putObject("config").put("from_email", "news@example.com");
        maybe(() -> config.put("email_service", pick("ses", "SendGrid")));
        maybe(() -> config.put("aws_region", "eu-west-1"));
        maybe(() -> config.put("aws_secret_name", "mail"));
        return message;
    }

    /** Changes one field somewhere: takes it away, or puts another value in its place, or adds one. */
    private void change(ObjectNode message, boolean email) {
        ObjectNode at = random.nextInt(3) == 0 ? inner(message, email) : message;
        List<String> names = new java.util.ArrayList<>();
        at.fieldNames().forEachRemaining(names::add);
        String name = names.isEmpty() ? "new" : names.get(random.nextInt(names.size()));
        switch (random.nextInt(4)) {
            case 0 -> at.remove(name);
            case 1 -> at.set(random.nextBoolean() ? "x-new" : "unknown", value());
            default -> at.set(name, name.equals("v") && random.nextBoolean() ? JSON.numberNode(2) : value());
        }
    }

    /** An object inside whose names the format knows; headers, metadata and the contact are open. */
    private ObjectNode inner(ObjectNode message, boolean email) {
        if (!email) {
            return message.get("config") instanceof ObjectNode config ? config : message;
        }
        if (message.path("attachments").path(0) instanceof ObjectNode file) {
            return file;
        }
        return message.get("providers") instanceof ObjectNode providers ? providers : message;
    }

    private JsonNode value() {
        ArrayNode texts = JSON.arrayNode();
        return switch (random.nextInt(10)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.numberNode(7);
            case 2 -> JSON.booleanNode(random.nextBoolean());
            case 3 -> JSON.textNode("");
            case 4 -> JSON.textNode("canary");
            case 5 -> texts;
            case 6 -> texts.add("canary");
            case 7 -> texts.add("b@example.org");
            case 8 -> texts.add(3);
            default -> JSON.objectNode().put("canary", "x");
        };
    }

    private void maybe(Runnable change) {
        if (random.nextBoolean()) {
            change.run();
        }
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
