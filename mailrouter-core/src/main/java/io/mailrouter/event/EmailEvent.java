package io.mailrouter.event;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Something that happened in a service. Carries no address, subject, body, header or secret. */
public sealed interface EmailEvent {

    /**
     * A send has ended, whatever its result. Fires once for each call that returns a result.
     *
     * @param reference what ties the events of one send together
     * @param result the result's name: {@code accepted}, {@code partly_accepted}, {@code rejected}, {@code not_sent},
     *     {@code unknown}, {@code expired} or {@code suppressed}
     * @param provider who accepted it, or made the last attempt; empty without an attempt
     * @param elapsed how long the call took
     * @param tags the email's labels
     */
    record SendEnded(String reference, String result, String provider, Duration elapsed, List<String> tags)
            implements EmailEvent {
        public SendEnded {
            tags = List.copyOf(tags);
        }
    }

    /**
     * An attempt has ended. Fires for each attempt, before the next begins. Emails that travelled in one request have
     * one each, all with the time that the request took.
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
     * after all. Fires after the send has ended, if ever.
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
     * the other one has been tried.
     *
     * @param reference what ties the events of one send together
     * @param from the provider that was left
     * @param to the provider that was tried instead
     * @param reason the code of the failed outcome, or why the provider was passed over
     */
    record FailedOver(String reference, String from, String to, String reason) implements EmailEvent {}

    /**
     * A provider's state has changed. Fires when a breaker, a hold or an operator changes it. The
     * end of a hold or of an order is noticed by the next attempt, what was ordered elsewhere in the fleet by the next send.
     *
     * @param provider whose state
     * @param from the name of the state that ends, such as {@code up}
     * @param to the name of the state that begins, such as {@code down}
     * @param reason why
     */
    record ProviderStateChanged(String provider, String from, String to, String reason) implements EmailEvent {}

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
     * store.
     *
     * @param reference what ties the events of one send together
     * @param result what came of it: {@code granted}, {@code retaken} after an unknown outcome, {@code shared} with a send
     *     of this node, {@code in_flight} elsewhere until the time was over, {@code sent}, {@code refused} or
     *     {@code ambiguous} before, {@code conflict} with another email, or {@code unavailable}
     */
    record KeyClaimed(String reference, String result) implements EmailEvent {}
}
