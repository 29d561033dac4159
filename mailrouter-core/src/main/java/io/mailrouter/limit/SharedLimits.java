package io.mailrouter.limit;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/**
 * Divides the quotas and rates of providers among the nodes of a fleet. A fleet that can do so implements this as well;
 * with any other each node keeps to the limits by itself.
 *
 * <p>Safe to share between threads. No method blocks or throws. Whoever asks waits as long as it likes and goes on without
 * an answer, so an answer may come late: what it grants is used then.
 *
 * <p>A quota is never overspent, whatever crashes: what is granted counts as used from then on, for all nodes.
 */
public interface SharedLimits {

    /** What a window without a limit is said to allow: more than anyone sends. */
    long UNBOUNDED = Quota.NONE;

    /**
     * Asks for recipients that this node may then send to without asking.
     *
     * @return what is granted, perhaps nothing; empty when the fleet cannot say now, and then the node goes on with what it
     *     knows. It always ends, soon.
     */
    CompletionStage<Optional<QuotaGrant>> lease(String provider, QuotaRequest request);

    /** Counts recipients that were sent to without being granted, because the fleet could not say. Nothing is asked. */
    void used(String provider, long recipients);

    /**
     * Gives back recipients that were granted and not sent to. A window that has ended since is not changed.
     *
     * @param grant of which they are
     */
    void giveBack(String provider, QuotaGrant grant, long recipients);

    /**
     * Asks for turns at a provider, one for each recipient, spaced by its rate over the whole fleet.
     *
     * @return when they are, perhaps none; empty when the fleet cannot say now. It always ends, soon.
     */
    CompletionStage<Optional<TurnGrant>> turns(String provider, TurnRequest request);

    /**
     * A number of recipients for each window of a provider's quotas.
     *
     * @param day for the day, UTC by the fleet's clock
     * @param month for the calendar month
     * @param last24Hours for the last 24 hours
     */
    record Windows(long day, long month, long last24Hours) {}

    /**
     * What a node wants of a provider's quotas.
     *
     * @param least how many it needs at once: fewer are not granted
     * @param wanted how many its sends wait for
     * @param most how many it can use soon: as many are granted if all nodes could have four times that
     * @param limits how many all nodes together may have in each window, {@link #UNBOUNDED} without a limit
     * @param day for which day the day's limit holds, as days since 1970; empty for any. On another nothing is granted.
     * @param known what has been used at least, should the fleet have lost its memory
     * @param knownOn on which day that was known
     * @param counted what the service itself has just counted for the last 24 hours, whoever sent it; empty if it was not
     *     asked just now
     * @param held how many this node has been granted and not sent to yet
     */
    record QuotaRequest(
            long least,
            long wanted,
            long most,
            Windows limits,
            OptionalLong day,
            Windows known,
            OptionalLong knownOn,
            OptionalLong counted,
            long held) {}

    /**
     * What a fleet grants.
     *
     * @param recipients how many may be sent to
     * @param left how many are left in each window after that, negative where more was used than the limit that was named
     * @param day which day it is by the fleet's clock, as days since 1970
     * @param hour which hour it is, as hours since 1970
     * @param endsIn how long the grant is good for: as long as the day lasts
     * @param nodes how many nodes are alive
     */
    record QuotaGrant(long recipients, Windows left, long day, long hour, Duration endsIn, int nodes) {}

    /**
     * Which turns a node wants.
     *
     * @param interval the time between two turns
     * @param least how many it needs: fewer are not granted
     * @param open how many of those must have come before it may begin, 1 to {@code least}
     * @param wanted how many it can use soon
     * @param burst how many turns that nobody took may be made up for
     * @param within how soon it must be able to begin
     */
    record TurnRequest(Duration interval, long least, long open, long wanted, long burst, Duration within) {}

    /**
     * Turns that a fleet grants.
     *
     * @param turns how many; 0 if none comes soon enough
     * @param in how long until the first, negative for a time that has passed; without any, until it is worth asking again
     */
    record TurnGrant(long turns, Duration in) {}
}
