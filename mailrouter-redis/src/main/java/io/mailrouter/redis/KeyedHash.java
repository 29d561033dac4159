package io.mailrouter.redis;

import io.mailrouter.provider.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Turns an address into 64 bits that say nothing about it to who has not the secret: the head of its HMAC-SHA256. Safe to
 * share between threads.
 */
final class KeyedHash {

    /** Below this a secret can be guessed. */
    private static final int SHORTEST_SECRET = 16;

    /** No address: it has no at sign. */
    private static final String CHECK = "mailrouter suppression list";

    private final SecretKeySpec key;

    /** @throws IllegalArgumentException when the secret is too short */
    KeyedHash(Secret secret) {
        byte[] bytes = secret.reveal().getBytes(StandardCharsets.UTF_8);
        if (bytes.length < SHORTEST_SECRET) {
            throw new IllegalArgumentException("key has " + bytes.length + " bytes: at least " + SHORTEST_SECRET
                    + " are needed, such as 32 random hexadecimal digits");
        }
        this.key = new SecretKeySpec(bytes, "HmacSHA256");
        of(CHECK);
    }

    /** Returns the hash of a canonical address. */
    long of(String address) {
        return ByteBuffer.wrap(mac().doFinal(address.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    /** Returns what tells two secrets apart and says no more about them. */
    String check() {
        return text(of(CHECK));
    }

    private Mac mac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("this JVM has no HMAC-SHA256", e);
        }
    }

    /** Returns a hash as 11 characters. */
    static String text(long hash) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(Long.BYTES).putLong(hash).array());
    }

    /**
     * Returns the hash of a text.
     *
     * @throws IllegalArgumentException when it is no such text
     */
    static long parse(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length != Long.BYTES) {
            throw new IllegalArgumentException("not a hash");
        }
        return ByteBuffer.wrap(bytes).getLong();
    }
}
