package io.mailrouter.provider;

import io.mailrouter.email.EmailAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What one attempt came to, and so what may follow.
 *
 * <p>Reasons are for operators. They may repeat a service's own words: addresses in them are masked, control
 * characters escaped and the length capped on the way in.
 */
public sealed interface Outcome {

    /** Returns the case as it stands in metrics, such as {@code quota_exhausted}: one of eight words. */
    String word();

    /** Returns a short, stable word for what happened exactly, such as {@code connection_refused}. */
    String code();

    /** Returns what happened, for an operator; empty if there is nothing to add. */
    String reason();

    /** Says whether it is certain that no recipient's copy was accepted, so that another provider may try. */
    default boolean surelyNotSent() {
        return false;
    }

    /**
     * The service has taken the email for all recipients.
     *
     * @param messageId the service's own id, empty where its answer held none
     */
    record Accepted(String messageId) implements Outcome {
        public Accepted {
            messageId = ProviderText.id(messageId);
        }

        @Override
        public String code() {
            return "accepted";
        }

        @Override
        public String reason() {
            return "";
        }

        @Override
        public String word() {
            return "accepted";
        }
    }

    /**
     * The service has taken the email for some recipients and refused the others.
     *
     * @param messageId the service's own id, empty where its answer held none
     * @param refused who was refused, and why
     */
    record Partial(String messageId, List<Refusal> refused) implements Outcome {
        /** @throws IllegalArgumentException when nobody was refused */
        public Partial {
            if (refused.isEmpty()) {
                throw new IllegalArgumentException("refused is empty: that is Accepted");
            }
            messageId = ProviderText.id(messageId);
            refused = List.copyOf(refused);
        }

        @Override
        public String code() {
            return "partial";
        }

        @Override
        public String reason() {
            return refused.size() + " recipients refused";
        }

        @Override
        public String word() {
            return "partial";
        }
    }

    /** The email is at fault and was not sent; no other provider would take it either. */
    record Rejected(String code, String reason) implements Outcome {
        public Rejected {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }

        @Override
        public String word() {
            return "rejected";
        }
    }

    /** The service is at fault and nothing was sent, so another may try without sending twice. */
    record Unavailable(String code, String reason) implements Outcome {
        public Unavailable {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }

        @Override
        public boolean surelyNotSent() {
            return true;
        }

        @Override
        public String word() {
            return "unavailable";
        }
    }

    /**
     * The service asks for a pause; nothing was sent.
     *
     * @param retryAfter how long it asks for, if it says so
     */
    record Throttled(String code, String reason, Optional<Duration> retryAfter) implements Outcome {
        public Throttled {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }

        @Override
        public boolean surelyNotSent() {
            return true;
        }

        @Override
        public String word() {
            return "throttled";
        }
    }

    /** The account has used up what it may send in this period; nothing was sent. */
    record QuotaExhausted(String code, String reason) implements Outcome {
        public QuotaExhausted {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }

        @Override
        public boolean surelyNotSent() {
            return true;
        }

        @Override
        public String word() {
            return "quota_exhausted";
        }
    }

    /**
     * A credential, the account or the sender's identity is not set up; nothing was sent, and nothing will be until
     * somebody mends it.
     *
     * @param scope how far the fault reaches
     */
    record Misconfigured(String code, String reason, Scope scope) implements Outcome {
        public Misconfigured {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }

        @Override
        public boolean surelyNotSent() {
            return true;
        }

        @Override
        public String word() {
            return "misconfigured";
        }
    }

    /** The service may or may not have taken the email, and cannot be asked. */
    record Unknown(String code, String reason) implements Outcome {
        public Unknown {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }

        @Override
        public String word() {
            return "unknown";
        }
    }

    /** How far a wrong configuration reaches. */
    enum Scope {
        /** Everything that goes through this provider. */
        ACCOUNT,
        /** Everything from this sender's domain. */
        SENDER,
        /** Emails that name the same template or the like; nothing is held for it. */
        REQUEST
    }

    /**
     * A recipient that was refused while others were accepted.
     *
     * @param recipient who was refused
     * @param code a short, stable word such as {@code smtp_550}
     * @param reason the service's words
     * @param temporary whether a later attempt may succeed
     */
    record Refusal(EmailAddress recipient, String code, String reason, boolean temporary) {
        public Refusal {
            code = ProviderText.code(code);
            reason = ProviderText.clean(reason);
        }
    }
}
