package io.mailrouter;

import io.mailrouter.email.Email;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a send came to. Each case says what the caller may do now. */
public sealed interface SendResult {

    /** Returns every attempt and every provider that was passed over. */
    Trail trail();

    /** Returns the case as it stands in metrics and events, such as {@code not_sent}. */
    String word();

    /**
     * The email was taken for all recipients, but for those that {@link Trail#suppressed()} names. It is done; do not send
     * it again.
     *
     * @param provider who took it, the last one if several took it for some recipients each
     * @param messageId that service's own id, empty where its answer held none
     * @param trail how it came to this
     */
    record Accepted(String provider, String messageId, Trail trail) implements SendResult {
        @Override
        public String word() {
            return "accepted";
        }
    }

    /**
     * Some recipients' copies were taken, others not. Do not send it again to those who have it or may have it; {@link
     * Email#onlyTo} makes an email for the others. If it had an idempotency key, give that one another key ({@link
     * Email#toBuilder}): the first stands for the email as it was.
     *
     * @param provider who took it, the last one if there were several
     * @param messageId that service's own id, empty where its answer held none
     * @param recipients what it came to for each recipient, in the email's order, each address once
     * @param trail how it came to this
     */
    record PartlyAccepted(String provider, String messageId, List<RecipientResult> recipients, Trail trail)
            implements SendResult {
        public PartlyAccepted {
            recipients = List.copyOf(recipients);
        }

        /** Returns the recipients of one fate. */
        public List<RecipientResult> recipients(RecipientResult.Fate fate) {
            return recipients.stream().filter(r -> r.fate() == fate).toList();
        }

        /** Returns everyone of whom it is not certain that a provider has taken the copy. */
        public List<RecipientResult> notAccepted() {
            return recipients.stream()
                    .filter(r -> r.fate() != RecipientResult.Fate.ACCEPTED)
                    .toList();
        }

        @Override
        public String word() {
            return "partly_accepted";
        }
    }

    /**
     * The email is at fault and was not sent. Sending it again as it is would end the same way.
     *
     * @param provider who refused it, empty when no provider can carry it
     * @param code a short, stable word
     * @param reason what is wrong, for an operator
     * @param trail how it came to this
     */
    record Rejected(String provider, String code, String reason, Trail trail) implements SendResult {
        @Override
        public String word() {
            return "rejected";
        }
    }

    /**
     * It is certain that nothing was sent. Send it again later.
     *
     * @param code a short, stable word
     * @param reason what happened, for an operator
     * @param retryAt before when a new try is of no use, if that is known
     * @param trail how it came to this
     */
    record NotSent(String code, String reason, Optional<Instant> retryAt, Trail trail) implements SendResult {
        @Override
        public String word() {
            return "not_sent";
        }
    }

    /**
     * A provider may or may not have taken it, and nobody can tell. Sending it again may deliver it twice.
     *
     * @param provider who may have taken it
     * @param code a short, stable word
     * @param reason what happened, for an operator
     * @param trail how it came to this
     */
    record Unknown(String provider, String code, String reason, Trail trail) implements SendResult {
        @Override
        public String word() {
            return "unknown";
        }
    }

    /**
     * It was too late when its turn came; nothing was sent, and nothing should be.
     *
     * @param notAfter until when it would have been worth sending
     * @param trail how it came to this
     */
    record Expired(Instant notAfter, Trail trail) implements SendResult {
        @Override
        public String word() {
            return "expired";
        }
    }

    /**
     * Every recipient is suppressed: nothing was sent, and nothing should be.
     *
     * @param trail how it came to this, with each recipient and the reason
     */
    record Suppressed(Trail trail) implements SendResult {
        @Override
        public String word() {
            return "suppressed";
        }
    }
}
