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

/**
 * Reads a queue's messages: one email each, as JSON.
 *
 * <p>Two formats are known. A body with {@code v} is an email as the schema {@code email-message-v1.schema.json} beside
 * this library's classes describes it; a body with {@code campaign_id} is one contact's copy of a campaign, as
 * {@code campaign-message.schema.json} does. Everything in a message is data: no type is named by it, no placeholder
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
 * <p>Immutable, safe to share between threads, does not block.
 */
public final class EmailMessages {

    /** The most bytes of a body by default: 1 MiB, the most that Amazon SQS takes. */
    public static final int DEFAULT_MAX_BODY_BYTES = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(3 << 19)
                            .maxNumberLength(20)
                            .maxNameLength(256)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private final int maxBodyBytes;

    private EmailMessages(int maxBodyBytes) {
        if (maxBodyBytes < 1 || maxBodyBytes > DEFAULT_MAX_BODY_BYTES) {
            throw new IllegalArgumentException(
                    "maxBodyBytes is " + maxBodyBytes + ": 1 to " + DEFAULT_MAX_BODY_BYTES + " is needed");
        }
        this.maxBodyBytes = maxBodyBytes;
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
        return new EmailMessages(maxBodyBytes);
    }

    /**
     * Returns the email that a message holds.
     *
     * @throws MalformedMessageException naming the field and what is wrong with it, never its value
     */
    public Email read(String body) {
        return read(body, "");
    }

    /**
     * Returns the email that a message holds.
     *
     * @param keyIfAbsent the key under which the email is to be sent once, for a message that names none; empty for none
     * @throws MalformedMessageException naming the field and what is wrong with it, never its value
     */
    public Email read(String body, String keyIfAbsent) {
        checkSize(body);
        Fields fields = Fields.of("", parse(body));
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
    private static JsonNode parse(String body) {
        try (JsonParser parser = JSON.createParser(body)) {
            JsonNode root = JSON.readTree(parser);
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

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }
}
