package io.mailrouter.provider;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a service says that an account may send, as it said it a moment ago.
 *
 * @param ratePerSecond how many recipients may be sent to in a second; empty if it does not say
 * @param per24Hours how many recipients may be sent to in any 24 hours; empty if it does not say or sets no bound
 * @param sentLast24Hours how many recipients were sent to in the last 24 hours, by all who use the account
 */
public record AccountLimits(OptionalDouble ratePerSecond, OptionalLong per24Hours, long sentLast24Hours) {

    /** @throws IllegalArgumentException when a number is negative, or the rate is none */
    public AccountLimits {
        double rate = ratePerSecond.orElse(1);
        if (!(rate > 0 && rate <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("ratePerSecond is " + rate + ": more than 0 is needed");
        }
        if (per24Hours.orElse(0) < 0) {
            throw new IllegalArgumentException("per24Hours is " + per24Hours.getAsLong() + ": 0 or more is needed");
        }
        if (sentLast24Hours < 0) {
            throw new IllegalArgumentException("sentLast24Hours is " + sentLast24Hours + ": 0 or more is needed");
        }
    }
}
