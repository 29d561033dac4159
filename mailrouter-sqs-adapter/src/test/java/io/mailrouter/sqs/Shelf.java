package io.mailrouter.sqs;

import io.mailrouter.sqs.message.PayloadStore;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** A payload store in memory that can be broken. */
final class Shelf implements PayloadStore {

    private final Map<String, byte[]> bodies = new ConcurrentHashMap<>();
    volatile boolean broken;

    int size() {
        return bodies.size();
    }

    @Override
    public String put(byte[] body) {
        check();
        String reference = UUID.randomUUID().toString();
        bodies.put(reference, body);
        return reference;
    }

    @Override
    public Optional<byte[]> get(String reference) {
        check();
        return Optional.ofNullable(bodies.get(reference));
    }

    private void check() {
        if (broken) {
            throw new IllegalStateException("canary");
        }
    }
}
