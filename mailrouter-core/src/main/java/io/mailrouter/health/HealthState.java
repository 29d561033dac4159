package io.mailrouter.health;

import java.util.Locale;

/** How a provider is doing. */
public enum HealthState {
    /** Sends as it should. */
    UP,
    /** On trial after a failure, or not usable for some senders. */
    DEGRADED,
    /** Has asked for a pause. */
    THROTTLED,
    /** Has used up what it may send in this period. */
    QUOTA_EXHAUSTED,
    /** Its credential or account is not set up. */
    MISCONFIGURED,
    /** Failed so often that it is left alone for a while. */
    DOWN,
    /** Switched off by an operator. */
    DISABLED;

    /** Returns the name as it stands in metrics and events, such as {@code quota_exhausted}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
