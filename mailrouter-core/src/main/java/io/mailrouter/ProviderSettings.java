package io.mailrouter;

import io.mailrouter.email.EmailAddress;
import io.mailrouter.limit.WarmUp;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** How a service uses one provider. Not safe to share between threads. */
public final class ProviderSettings {

    private Set<String> senderDomains = Set.of();
    private Optional<Duration> timeout = Optional.empty();
    private int maxInFlight = 64;
    private double weight = 1;
    private BigDecimal cost = BigDecimal.ZERO;
    private OptionalDouble rate = OptionalDouble.empty();
    private OptionalLong dailyQuota = OptionalLong.empty();
    private OptionalLong monthlyQuota = OptionalLong.empty();
    private Optional<WarmUp> warmUp = Optional.empty();

    ProviderSettings() {}

    /** Returns settings of their own that begin as these are. */
    ProviderSettings copy() {
        ProviderSettings copy = new ProviderSettings();
        copy.senderDomains = senderDomains;
        copy.timeout = timeout;
        copy.maxInFlight = maxInFlight;
        copy.weight = weight;
        copy.cost = cost;
        copy.rate = rate;
        copy.dailyQuota = dailyQuota;
        copy.monthlyQuota = monthlyQuota;
        copy.warmUp = warmUp;
        return copy;
    }

    /**
     * Names the only domains that this provider may send from. Any domain by default.
     *
     * <p>An email from another domain passes this provider over, for the sender is never rewritten. A subdomain has to
     * be named by itself.
     */
    public ProviderSettings senderDomains(String... domains) {
        Set<String> all = new HashSet<>(senderDomains);
        for (String domain : domains) {
            if (domain.isBlank() || domain.contains("@")) {
                throw new IllegalArgumentException("senderDomains needs domains such as example.com");
            }
            all.add(asInAddresses(domain.strip()));
        }
        senderDomains = Set.copyOf(all);
        return this;
    }

    /** Reads a domain as an address does, so that the two always compare. */
    private static String asInAddresses(String domain) {
        try {
            return new EmailAddress("", "postmaster", domain).domain();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("senderDomains: " + e.getMessage());
        }
    }

    /** Bounds one attempt through this provider. By default it may take all the time that the send has left. */
    public ProviderSettings timeout(Duration value) {
        timeout = Optional.of(Range.positive("timeout", value));
        return this;
    }

    /**
     * Sets how many attempts may be under way at once; further sends pass this provider over, or wait for a place where no
     * other provider can take them. A call that outlasts its deadline counts until it ends. 64 by default.
     */
    public ProviderSettings maxInFlight(int attempts) {
        maxInFlight = Range.within("maxInFlight", attempts, 1, 1_000_000);
        return this;
    }

    /** Sets its share among the others: twice the weight, twice the emails. 0.001 to 1,000; 1 by default. */
    public ProviderSettings weight(double value) {
        weight = Range.within("weight", value, 0.001, 1_000);
        return this;
    }

    /**
     * Sets what an email costs for each recipient, as a decimal number such as {@code 0.0004}. All providers of a service
     * are compared in one unit, whichever that is. Not known by default.
     *
     * @throws IllegalArgumentException when it is no number, or negative
     */
    public ProviderSettings cost(String perRecipient) {
        BigDecimal value;
        try {
            value = new BigDecimal(perRecipient.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("cost is no decimal number: one such as 0.0004 is needed");
        }
        if (value.signum() < 0 || (long) value.precision() - value.scale() > 9) {
            throw new IllegalArgumentException("cost is " + value + ": 0 to 999999999 is needed");
        }
        cost = value;
        return this;
    }

    /**
     * Sets how many recipients may be sent to in a second, 0.001 to 1,000,000. As many as it takes by default.
     *
     * <p>Further sends go to another provider, or wait for their turn where no other can take them. With a fleet that divides
     * limits all nodes keep to it together: a send then waits up to 50 ms for the fleet to give it a turn, and while the
     * fleet does not answer each node has its share. Else each node keeps to it by itself. A provider that asks for a pause
     * gets less for a while.
     */
    public ProviderSettings rate(double recipientsPerSecond) {
        rate = OptionalDouble.of(Range.within("rate", recipientsPerSecond, 0.001, 1_000_000));
        return this;
    }

    /**
     * Sets how many recipients may be sent to in a day, which begins at midnight UTC. No bound by default.
     *
     * <p>A service alone never sends more: recipients count from before the call, and no longer once it is sure that
     * nothing was sent to them. With a fleet that divides limits neither do all nodes together: each is granted a part
     * before it sends, one in 50 is kept for nodes that wait for the fleet, and only in an outage may nodes that cannot reach
     * it use their shares of what was left while others go on. With any other fleet all nodes' use counts as of the last
     * exchange. What was sent before the start counts only if a fleet knows of it.
     */
    public ProviderSettings dailyQuota(long recipients) {
        dailyQuota = OptionalLong.of(Range.within("dailyQuota", recipients, 1, Long.MAX_VALUE / 4 - 1));
        return this;
    }

    /** Sets how many recipients may be sent to in a calendar month, UTC; see {@link #dailyQuota}. No bound by default. */
    public ProviderSettings monthlyQuota(long recipients) {
        monthlyQuota = OptionalLong.of(Range.within("monthlyQuota", recipients, 1, Long.MAX_VALUE / 4 - 1));
        return this;
    }

    /**
     * Bounds the first days of a new provider, by recipients or by share. Not bounded by default.
     *
     * @throws IllegalArgumentException when the schedule names neither caps nor shares
     */
    public ProviderSettings warmUp(WarmUp schedule) {
        if (schedule.isEmpty()) {
            throw new IllegalArgumentException("warmUp names no day: dailyCaps or shares are needed");
        }
        warmUp = Optional.of(schedule);
        return this;
    }

    double weight() {
        return weight;
    }

    BigDecimal cost() {
        return cost;
    }

    OptionalDouble rate() {
        return rate;
    }

    OptionalLong dailyQuota() {
        return dailyQuota;
    }

    OptionalLong monthlyQuota() {
        return monthlyQuota;
    }

    Optional<WarmUp> warmUp() {
        return warmUp;
    }

    Set<String> senderDomains() {
        return senderDomains;
    }

    Optional<Duration> timeout() {
        return timeout;
    }

    int maxInFlight() {
        return maxInFlight;
    }
}
