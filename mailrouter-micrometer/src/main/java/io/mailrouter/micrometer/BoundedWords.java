package io.mailrouter.micrometer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The first words of an open set, and {@code other} for all that come later: a provider of the user's own may make up
 * codes without end, and a registry keeps every one for ever.
 */
final class BoundedWords {

    private static final int MOST = 50;

    private final Set<String> words = ConcurrentHashMap.newKeySet();

    /** Returns the word, or {@code other} where it would be one too many. */
    String of(String word) {
        return words.contains(word) || isAdded(word) ? word : "other";
    }

    private synchronized boolean isAdded(String word) {
        return words.contains(word) || (words.size() < MOST && words.add(word));
    }
}
