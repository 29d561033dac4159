package io.mailrouter.health;

import java.util.Locale;

/** How far a provider's state reaches. */
public enum HealthScope {
    /** It is what this node has found by itself; other nodes may see it otherwise. */
    NODE,
    /** It is what the fleet has found or was ordered, and holds on every node. */
    FLEET;

    /** Returns the name as it stands in texts, such as {@code fleet}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
