package io.mailrouter;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A provider that was passed over without being asked. That is no failure of the provider.
 *
 * @param provider the provider's name
 * @param reason why, as a word
 * @param detail why, for an operator
 * @param until when the reason ends, if that is known
 */
public record Skipped(String provider, Reason reason, String detail, Optional<Instant> until) {

    /** Why a provider is passed over. */
    public enum Reason {
        /** It cannot carry the email whole. */
        NOT_CAPABLE,
        /** The email names providers, and this one is not among them. */
        NOT_ALLOWED,
        /** It does not own the sender's domain. */
        NOT_OWNER_OF_SENDER,
        /** It could not say what it can carry: a defect of the provider. */
        DEFECT,
        /** The strategy left it out. */
        NOT_RANKED,
        /** It refused a request with many emails as a whole, and is asked for each by itself. */
        REFUSED_TOGETHER,
        /** An operator has switched it off. */
        DISABLED,
        /** Its breaker is open after failures. */
        OPEN,
        /** It asked for a pause, its quota is used up, or it is not set up. */
        HELD,
        /** As much as it may be asked for in this second has been. */
        RATE_LIMITED,
        /** As much as it may send today or this month has been sent. */
        QUOTA_USED,
        /** Its fleet has not said yet how much of a limit is left. */
        ASKING_FLEET,
        /** As many attempts as it may have are under way. */
        BUSY,
        /** Too little time was left for another attempt. */
        NO_TIME,
        /** The sending thread was interrupted. */
        INTERRUPTED,
        /** As many attempts as a send may make had been made. */
        ATTEMPTS_USED,
        /** So many sends fail lately that no more of them may go on to another provider. */
        FAILOVER_BUDGET;

        /** Returns the name as it stands in metrics and events, such as {@code no_time}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Says whether it comes from the email, so that waiting would not change it. */
        boolean isForGood() {
            return this == NOT_CAPABLE || this == NOT_ALLOWED || this == NOT_OWNER_OF_SENDER;
        }

        /** Says whether it may be over in a moment, by itself. */
        boolean mayPass() {
            return this == HELD || this == RATE_LIMITED || this == ASKING_FLEET || this == BUSY;
        }
    }
}
