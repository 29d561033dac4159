package io.mailrouter.sqs.message;

import io.mailrouter.email.Email;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The payloads of a store as emails.
 *
 * @param store the user's own, which may throw anything
 * @param messages reads a payload
 */
record Payloads(PayloadStore store, EmailMessages messages) {

    Email read(String reference, String keyIfAbsent) {
        byte[] body = fetched(reference)
                .orElseThrow(() ->
                        new MalformedMessageException("payload_missing", "the payload store has no such payload"));
        if (body.length > messages.maxBodyBytes()) {
            throw new MalformedMessageException(
                    "too_large",
                    "the payload has more than the " + messages.maxBodyBytes() + " bytes that are allowed");
        }
        try {
            return messages.readPayload(text(body), keyIfAbsent);
        } catch (MalformedMessageException e) {
            throw new MalformedMessageException(e.code(), "payload: " + e.reason());
        }
    }

    private Optional<byte[]> fetched(String reference) {
        try {
            return store.get(reference);
        } catch (RuntimeException e) {
            throw new PayloadUnavailableException(e);
        }
    }

    /** The usual way puts a mark in the place of what is no UTF-8, and the email would go out with it. */
    private static String text(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedMessageException("not_json", "it is not UTF-8");
        }
    }
}
