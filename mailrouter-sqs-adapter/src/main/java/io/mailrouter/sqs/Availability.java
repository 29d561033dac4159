package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Optional;

/** What the service knows of its providers before a message is tried. Answers from memory. */
interface Availability {

    /** Says whether no provider is usable now. */
    boolean noneUsable();

    /** Says whether a message might be taken now, such as by a provider whose pause is over. */
    boolean worthATry();

    /** Returns how long it is until the first of the providers that pause may be tried again, if that is known. */
    Optional<Duration> nextReturn();
}
