package io.mailrouter;

import io.mailrouter.email.Email;
import java.time.Duration;

/**
 * The time that one send may take, from when it came in: what stores take of it, providers do not have.
 *
 * @param start the reading of the monotonic clock when it began
 * @param allowed how long it may take in all
 */
record Span(Time time, long start, Duration allowed) {

    /** Less than this is not worth a copy of the email. */
    private static final Duration NOTICEABLE = Duration.ofMillis(20);

    /** Begins now. */
    static Span of(Email email, Duration most, Time time) {
        return new Span(time, time.nanos(), allowed(email, most));
    }

    /** Returns how long an email may take where the service allows so much. */
    static Duration allowed(Email email, Duration most) {
        return email.deadline().map(d -> shorter(d, most)).orElse(most);
    }

    static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    Duration elapsed() {
        return time.since(start);
    }

    /** Returns how much is left, zero when it is over. */
    Duration left() {
        Duration left = allowed.minus(elapsed());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Returns how long a store may take that wants so much: never more than a quarter, for the provider needs the most. */
    Duration forStore(Duration wanted) {
        return shorter(wanted, shorter(allowed.dividedBy(4), left()));
    }

    /** Returns the email with what is left for its deadline. */
    Email charged(Email email) {
        if (elapsed().compareTo(NOTICEABLE) <= 0) {
            return email;
        }
        Duration left = left();
        return email.toBuilder()
                .deadline(left.isZero() ? Duration.ofNanos(1) : left)
                .build();
    }
}
