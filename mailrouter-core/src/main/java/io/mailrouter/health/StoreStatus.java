package io.mailrouter.health;

import java.util.Locale;

/**
 * Whether something that a service shares with other nodes answers. None of these keeps emails from being sent, unless
 * the service is told so.
 *
 * @param store what
 * @param up whether it answered when it was last asked; true before the first time
 */
public record StoreStatus(Store store, boolean up) {

    /** What a service may share. */
    public enum Store {
        /** What the nodes learn about providers. */
        FLEET,
        /** The idempotency keys. */
        IDEMPOTENCY,
        /** The recipients that are not sent to. */
        SUPPRESSION;

        /** Returns the name as it stands in metrics, such as {@code fleet}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
