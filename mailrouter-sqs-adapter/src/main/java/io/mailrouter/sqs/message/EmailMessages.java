package io.mailrouter.sqs.message;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.email.Email;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads a queue's messages, one email each, as JSON, and writes them.
 *
 * <p>Two formats are known. A body with {@code v} is an email as the schema {@code email-message-v1.schema.json} beside
 * this library's classes describes it; a body with {@code campaign_id} is one contact's copy of a campaign, as
 * {@code campaign-message.schema.json} does. A body with {@code v} and {@code payload} only stands for a larger one,
 * which is fetched from a {@link PayloadStore}. Everything in a message is data: no type is named by it, no placeholder
 * in a value is filled again, no file or address is opened. An unknown field is an error unless its name begins with
 * {@code x-}.
 *
 * <p>Of a campaign, {@code contact.email} is the recipient, {@code config.from_email} the sender, {@code body} the HTML;
 * no text part is made up. {@code {{name}}} in subject and body is filled from {@code contact}, escaped in the body.
 * {@code config.email_service} names the provider to be tried first; the others stand by. {@code campaign_id} becomes
 * metadata of that name. Three fields are read and say nothing about the email, so that it goes without them:
 * {@code campaign_name}, which is a label for people whose marks Amazon SES does not take in a tag and which no
 * recipient should find in a header, and {@code aws_region} and {@code aws_secret_name}, because which account sends is
 * for the router's own configuration to say and not for a message.
 *
 * <p>Immutable, safe to share between threads. Does not block, but while the store is asked for a payload.
 */
public final class EmailMessages {

    /** The most bytes of a body by default: 1 MiB, the most that Amazon SQS takes. */
    public static final int DEFAULT_MAX_BODY_BYTES = 1 << 20;

    /** The most bytes of a payload by default: 48 MiB, more than the 40 MB that Amazon SES takes of an email. */
    public static final int DEFAULT_MAX_PAYLOAD_BYTES = 48 << 20;

    /** The most that may be allowed for a payload: 256 MiB. */
    public static final int HIGHEST_MAX_PAYLOAD_BYTES = 256 << 20;

    private static final int MAX_STRING = 3 << 19;

    private final int maxBodyBytes;
    private final JsonMapper json;
    private final @Nullable Payloads payloads;

    private EmailMessages(int maxBodyBytes, int maxString, @Nullable Payloads payloads) {
        this.maxBodyBytes = maxBodyBytes;
        this.json = mapper(maxString);
        this.payloads = payloads;
    }

    private static JsonMapper mapper(int maxString) {
        return JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(32)
                                .maxStringLength(maxString)
                                .maxNumberLength(20)
                                .maxNameLength(EmailJson.MAX_NAME)
                                .build())
                        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                .build();
    }

    /** Returns a reader of bodies of up to 1 MiB. */
    public static EmailMessages upToDefaultSize() {
        return upTo(DEFAULT_MAX_BODY_BYTES);
    }

    /**
     * Returns a reader that refuses longer bodies.
     *
     * @param maxBodyBytes the most bytes of a body in UTF-8, 1 to {@link #DEFAULT_MAX_BODY_BYTES}
     * @throws IllegalArgumentException when it is out of that range
     */
    public static EmailMessages upTo(int maxBodyBytes) {
        return new EmailMessages(within("maxBodyBytes", maxBodyBytes, DEFAULT_MAX_BODY_BYTES), MAX_STRING, null);
    }

    private static int within(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ": 1 to " + max + " is needed");
        }
        return value;
    }

    /**
     * Returns a reader like this one that fetches payloads. Without a store a message that stands for a payload is
     * malformed, {@code no_payload_store}.
     *
     * @param store keeps the payloads; not closed
     * @param maxPayloadBytes the most bytes of a payload, 1 to 268,435,456; a longer one is malformed
     * @throws IllegalArgumentException when it is out of that range
     */
    public EmailMessages payloads(PayloadStore store, int maxPayloadBytes) {
        int max = within("maxPayloadBytes", maxPayloadBytes, HIGHEST_MAX_PAYLOAD_BYTES);
        return new EmailMessages(
                maxBodyBytes, MAX_STRING, new Payloads(store, new EmailMessages(max, Math.max(max, MAX_STRING), null)));
    }

    /**
     * Returns the message that holds an email, in one line of JSON.
     *
     * <p>Of an email with variables it is the texts as they are filled in. What the format has no field for is refused:
     * a raw message, a template, envelopeFrom, sendAt, tracking, unsubscribe, deadline, preferredProvider and a
     * provider's options. The size is not checked.
     *
     * @throws IllegalArgumentException naming the field that is not carried
     */
    public static String write(Email email) {
        return EmailJson.of(email);
    }

    /**
     * Returns the message that stands for a payload.
     *
     * @param reference where a {@link PayloadStore} keeps it
     * @param idempotencyKey the key under which the email is to be sent once, whatever key the payload names; empty for
     *     the payload's
     * @throws IllegalArgumentException when the reference is not 1 to 1,024 printable ASCII characters without spaces
     */
    public static String pointer(String reference, String idempotencyKey) {
        if (!PayloadPointer.isReference(reference)) {
            throw new IllegalArgumentException("reference needs 1 to 1024 printable ASCII characters without spaces");
        }
        return new PayloadPointer(reference, idempotencyKey).json();
    }

    /**
     * Returns the email that a message holds.
     *
     * @throws MalformedMessageException naming the field and what is wrong with it, never its value
     * @throws PayloadUnavailableException when its payload cannot be fetched now
     */
    public Email read(String body) {
        return read(body, "");
    }

    /**
     * Returns the email that a message holds.
     *
     * @param keyIfAbsent the key under which the email is to be sent once, for a message that names none; empty for none
     * @throws MalformedMessageException naming the field and what is wrong with it, never its value
     * @throws PayloadUnavailableException when its payload cannot be fetched now
     */
    public Email read(String body, String keyIfAbsent) {
        checkSize(body);
        Fields fields = Fields.of("", parse(body));
        if (fields.has("v") && PayloadPointer.isOne(fields)) {
            return fetch(PayloadPointer.of(fields), keyIfAbsent);
        }
        return email(fields, keyIfAbsent);
    }

    private Email fetch(PayloadPointer pointer, String keyIfAbsent) {
        if (payloads == null) {
            throw new MalformedMessageException(
                    "no_payload_store",
                    "the message stands for a payload, and no payload store is set to fetch it from");
        }
        Email email = payloads.read(pointer.reference(), keyIfAbsent);
        try {
            return pointer.key().isEmpty()
                    ? email
                    : email.toBuilder().idempotencyKey(pointer.key()).build();
        } catch (IllegalArgumentException e) {
            throw new MalformedMessageException("invalid_field", String.valueOf(e.getMessage()));
        }
    }

    /** Reads a payload, which is no pointer again: a chain of them might never end. */
    Email readPayload(String body, String keyIfAbsent) {
        checkSize(body);
        return email(Fields.of("", parse(body)), keyIfAbsent);
    }

    int maxBodyBytes() {
        return maxBodyBytes;
    }

    private static Email email(Fields fields, String keyIfAbsent) {
        try {
            return formatOf(fields).email(fields, keyIfAbsent);
        } catch (IllegalArgumentException e) {
            // An email checks itself, and its errors name the field and never the value.
            throw new MalformedMessageException("invalid_field", String.valueOf(e.getMessage()));
        }
    }

    private interface Format {
        Email email(Fields fields, String keyIfAbsent);
    }

    private static Format formatOf(Fields fields) {
        if (!fields.has("v") && fields.has("campaign_id")) {
            return CampaignFormat::email;
        }
        if (!fields.has("v")) {
            throw new MalformedMessageException("unknown_version", "v is missing: 1 is needed");
        }
        return EmailFormat::email;
    }

    private void checkSize(String body) {
        if (body.length() > maxBodyBytes / 3 && body.getBytes(StandardCharsets.UTF_8).length > maxBodyBytes) {
            throw new MalformedMessageException(
                    "too_large", "the body has more than the " + maxBodyBytes + " bytes that are allowed");
        }
    }

    /** The parser's own words repeat the body, so only the place is told. */
    private JsonNode parse(String body) {
        try (JsonParser parser = parser(body)) {
            JsonNode root = json.readTree(parser);
            if (root == null) {
                throw new MalformedMessageException("not_json", "the body is empty");
            }
            if (parser.nextToken() != null) {
                throw new MalformedMessageException("not_json", "the body goes on after its JSON value");
            }
            return root;
        } catch (StreamConstraintsException e) {
            throw new MalformedMessageException(
                    "too_complex", "the body holds a name, number, text or nesting beyond the limits" + place(e));
        } catch (MismatchedInputException e) {
            throw new MalformedMessageException("duplicate_field", "the body names a field twice" + place(e));
        } catch (JsonProcessingException e) {
            throw new MalformedMessageException("not_json", "the body is not JSON" + place(e));
        } catch (IOException e) {
            throw new MalformedMessageException("not_json", "the body is not JSON");
        }
    }

    /** Bytes are read in half the time; a long payload is not copied for that. */
    private JsonParser parser(String body) throws IOException {
        return body.length() <= DEFAULT_MAX_BODY_BYTES && isSameInBytes(body)
                ? json.createParser(body.getBytes(StandardCharsets.UTF_8))
                : json.createParser(body);
    }

    /**
     * Whether each of its characters is one byte, and none a sign of another encoding: the bound on a name counts bytes
     * where bytes are read.
     */
    private static boolean isSameInBytes(String body) {
        for (int i = 0; i < body.length(); i++) {
            char c = body.charAt(i);
            if (c == 0 || c >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }
}
