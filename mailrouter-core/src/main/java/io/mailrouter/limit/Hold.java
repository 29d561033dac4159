package io.mailrouter.limit;

import java.time.Instant;
import java.util.Locale;

/**
 * A time during which a provider is passed over, because it asked for it.
 *
 * @param senderDomain whose emails are kept from the provider; empty for all
 * @param kind why
 * @param code the outcome's code that caused it
 * @param since when it began
 * @param until when it ends
 * @param deadline when it ends, on the monotonic clock that decides
 * @param heard whether another node of the fleet was asked for it
 */
public record Hold(
        String senderDomain, Kind kind, String code, Instant since, Instant until, long deadline, boolean heard) {

    /** Why a provider is held. */
    public enum Kind {
        /** It asked for a pause. */
        THROTTLED,
        /** Its quota is used up. */
        QUOTA_EXHAUSTED,
        /** Its credential or account is not set up. */
        MISCONFIGURED,
        /** It does not send for this domain. */
        SENDER_MISCONFIGURED;

        /** Says whether it keeps all emails from the provider, and not only those of one sender's domain. */
        public boolean isForAll() {
            return this != SENDER_MISCONFIGURED;
        }

        /** Returns the name as it stands in texts and events, such as {@code quota_exhausted}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
