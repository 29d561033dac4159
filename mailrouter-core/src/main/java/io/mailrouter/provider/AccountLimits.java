package io.mailrouter.provider;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a service grants an account, as it says itself. Immutable.
 *
 * @param ratePerSecond how many recipients may be sent to in a second, empty where it does not say or sets no bound
 * @param per24Hours how many recipients may be sent to within any 24 hours, empty where it does not say or sets no bound
 * @param sentLast24Hours how many it has counted in the last 24 hours, whoever sent them; 0 where it does not say
 */
public record AccountLimits(OptionalDouble ratePerSecond, OptionalLong per24Hours, long sentLast24Hours) {}
