package io.mailrouter.event;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Something that happened in a service. Carries no address, subject, body, header or secret.
 *
 * <p>Events are made on the thread where the thing happened, and heard on the listener's (see {@link EmailListener}). Those
 * of one send come in their order: {@link KeyClaimed}; for each attempt {@link AttemptEnded}, then {@link HoldBegan} and
 * {@link ProviderStateChanged} if it caused them, then {@link FailedOver} if it was not the first way; at the end {@link
 * SendEnded}, and perhaps a {@link LateResult} after it. Events of other sends come in between.
 *
 * <p>An event is a report and not a record. After a crash the last ones are missing: an attempt that was accepted may
 * have no {@code AttemptEnded}, and a send that had begun no {@code SendEnded}. A listener that was too slow misses some
 * as well. What must not be missed belongs in an idempotency store or is the service's answer.
 */
public sealed interface EmailEvent {

    /**
     * A send has ended; each result is a case of its own. Fires once for each call that returns a result, those included
     * that sent nothing, because the email's key stood for an earlier send. Is missing after a crash, and after a defect
     * that made the call throw.
     */
    sealed interface SendEnded extends EmailEvent {

        /** Returns what ties the events of one send together. */
        String reference();

        /** Returns who accepted it, or made the last attempt; empty without an attempt. */
        String provider();

        /** Returns how long the call took. */
        Duration elapsed();

        /** Returns the email's labels. */
        List<String> tags();

        /**
         * Returns the result's name: {@code accepted}, {@code partly_accepted}, {@code rejected}, {@code not_sent}, {@code
         * unknown}, {@code expired} or {@code suppressed}.
         */
        String result();

        /**
         * A provider has taken the email for all recipients.
         *
         * @param messageId the provider's own id, empty where its answer held none
         */
        record Accepted(String reference, String provider, String messageId, Duration elapsed, List<String> tags)
                implements SendEnded {
            public Accepted {
                tags = List.copyOf(tags);
            }

            @Override
            public String result() {
                return "accepted";
            }
        }

        /**
         * Some recipients' copies were taken, others not.
         *
         * @param messageId the provider's own id, empty where its answer held none
         * @param accepted for how many recipients it was taken
         * @param refused for how many it was refused for good
         * @param notSent for how many it was surely not sent, so that it may be sent again
         * @param unknown for how many nobody can tell
         */
        record PartlyAccepted(
                String reference,
                String provider,
                String messageId,
                int accepted,
                int refused,
                int notSent,
                int unknown,
                Duration elapsed,
                List<String> tags)
                implements SendEnded {
            public PartlyAccepted {
                tags = List.copyOf(tags);
            }

            @Override
            public String result() {
                return "partly_accepted";
            }
        }

        /**
         * The email is at fault and was not sent.
         *
         * @param code a short word for what is wrong with it
         */
        record Rejected(String reference, String provider, String code, Duration elapsed, List<String> tags)
                implements SendEnded {
            public Rejected {
                tags = List.copyOf(tags);
            }

            @Override
            public String result() {
                return "rejected";
            }
        }

        /**
         * It is certain that nothing was sent.
         *
         * @param code a short word for why
         * @param retryAt before when a new try is of no use, if that is known
         */
        record NotSent(
                String reference,
                String provider,
                String code,
                Optional<Instant> retryAt,
                Duration elapsed,
                List<String> tags)
                implements SendEnded {
            public NotSent {
                tags = List.copyOf(tags);
            }

            @Override
            public String result() {
                return "not_sent";
            }
        }

        /**
         * Nobody can tell whether it was sent.
         *
         * @param code a short word for what happened
         */
        record Unknown(String reference, String provider, String code, Duration elapsed, List<String> tags)
                implements SendEnded {
            public Unknown {
                tags = List.copyOf(tags);
            }

            @Override
            public String result() {
                return "unknown";
            }
        }

        /** It was too late when its turn came; nothing was sent. */
        record Expired(String reference, String provider, Instant notAfter, Duration elapsed, List<String> tags)
                implements SendEnded {
            public Expired {
                tags = List.copyOf(tags);
            }

            @Override
            public String result() {
                return "expired";
            }
        }

        /**
         * Every recipient is suppressed; nothing was sent.
         *
         * @param recipients how many there were
         */
        record Suppressed(String reference, int recipients, Duration elapsed, List<String> tags) implements SendEnded {
            public Suppressed {
                tags = List.copyOf(tags);
            }

            @Override
            public String provider() {
                return "";
            }

            @Override
            public String result() {
                return "suppressed";
            }
        }
    }

    /**
     * An attempt has ended. Fires for each attempt, before the next begins. Emails that travelled in one request have
     * one each, all with the time that the request took. Is missing after a crash while the provider worked, whatever
     * that did with the email.
     *
     * @param reference what ties the events of one send together
     * @param provider who was tried
     * @param number 1 for the first attempt of a send
     * @param outcome what it came to, as one of the eight words of {@link Outcome#word()}
     * @param code what happened exactly, such as {@code connection_refused}
     * @param reason what happened, for an operator
     * @param elapsed how long it took
     */
    record AttemptEnded(
            String reference, String provider, int number, String outcome, String code, String reason, Duration elapsed)
            implements EmailEvent {}

    /**
     * A call that was still under way when its attempt ended as unknown, at the deadline or by an interrupt, has ended
     * after all. Fires after the send has ended, if ever, on the thread that made the call: not when the service was
     * closed or the process ended before.
     *
     * @param reference what ties the events of one send together
     * @param provider who was tried
     * @param number the number of the attempt that was told as unknown
     * @param outcome what it came to, as one of the eight words of {@link Outcome#word()}
     * @param code what happened exactly
     * @param reason what happened, for an operator
     * @param elapsed how long the call took in all
     */
    record LateResult(
            String reference, String provider, int number, String outcome, String code, String reason, Duration elapsed)
            implements EmailEvent {}

    /**
     * A send goes on to another provider, after a failed attempt or past a provider that is not usable now. Fires when
     * the other one has been tried, after its {@link AttemptEnded}.
     *
     * @param reference what ties the events of one send together
     * @param from the provider that was left
     * @param to the provider that was tried instead
     * @param reason the code of the failed outcome, or why the provider was passed over
     */
    record FailedOver(String reference, String from, String to, String reason) implements EmailEvent {}

    /**
     * A provider's state has changed. Fires when a breaker, a hold, a quota or an operator changes it. The end of a hold, of
     * a quota's window or of an order is noticed by the next attempt, what was ordered elsewhere in the fleet by the next
     * send. A service begins with
     * each provider {@code up} and tells no event of that.
     *
     * @param provider whose state
     * @param from the name of the state that ends, such as {@code up}
     * @param to the name of the state that begins, such as {@code down}
     * @param reason why
     */
    record ProviderStateChanged(String provider, String from, String to, String reason) implements EmailEvent {}

    /**
     * A provider will not be asked for a while, because of how an attempt ended or of what its probe was told. Fires after
     * the attempt's {@link AttemptEnded} or {@link LateResult}, if it was one, for a hold that begins; not when one is made
     * longer or ends.
     *
     * @param provider who is held
     * @param kind why: {@code throttled}, {@code quota_exhausted}, {@code misconfigured} or {@code sender_misconfigured}
     * @param code the code of the outcome that caused it
     * @param senderDomain whose emails alone are held; empty for all
     * @param since when it began
     * @param until when it ends, unless it is made longer or another follows
     */
    record HoldBegan(String provider, String kind, String code, String senderDomain, Instant since, Instant until)
            implements EmailEvent {}

    /**
     * An operator has ordered something about a provider. Fires on the node that was asked, before the method of {@code
     * Operations} returns; on the others the provider's changed state is told.
     *
     * @param provider about whom
     * @param operation what: {@code disable}, {@code enable}, {@code weight}, {@code force_open}, {@code reset}, {@code
     *     drain} or {@code change}
     * @param reason why, in the operator's words; empty with {@code enable} and {@code change}
     * @param until when it ends by itself, if it does
     */
    record Operated(String provider, String operation, String reason, Optional<Instant> until) implements EmailEvent {}

    /**
     * An email's idempotency key was asked for. Fires once for each send of an email with a key, in a service that has a
     * store, before any attempt; {@code shared} and {@code in_flight} after the other send was waited for.
     *
     * @param reference what ties the events of one send together
     * @param result what came of it: {@code granted}, {@code retaken} after an unknown outcome, {@code shared} with a send
     *     of this node, {@code in_flight} elsewhere until the time was over, {@code sent}, {@code refused} or
     *     {@code ambiguous} before, {@code conflict} with another email, or {@code unavailable}
     */
    record KeyClaimed(String reference, String result) implements EmailEvent {}
}
