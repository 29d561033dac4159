package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Optional;

/** What the service knows of its providers before a message is tried. Answers from memory. */
interface Availability {

    /** Says whether no provider is usable now. */
    boolean noneUsable();

    /** Says whether a message might be taken now, such as by a provider whose pause is over. */
    boolean worthATry();

    /**
     * Returns how many emails the usable providers take in that time and the time that each takes to answer, by their
     * rates and by what is left of their quotas: at least one, and {@link Integer#MAX_VALUE} where one of them has no
     * bound or none is usable.
     */
    int takenWithin(Duration time);

    /** Returns how long it is until the first of the providers that pause may be tried again, if that is known. */
    Optional<Duration> nextReturn();
}
