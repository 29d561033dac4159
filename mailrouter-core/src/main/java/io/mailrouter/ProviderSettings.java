package io.mailrouter;

import io.mailrouter.email.EmailAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** How a service uses one provider. Not safe to share between threads. */
public final class ProviderSettings {

    private final Set<String> senderDomains = new HashSet<>();
    private Optional<Duration> timeout = Optional.empty();
    private int maxInFlight = 64;

    ProviderSettings() {}

    /**
     * Names the only domains that this provider may send from. Any domain by default.
     *
     * <p>An email from another domain passes this provider over, for the sender is never rewritten. A subdomain has to
     * be named by itself.
     */
    public ProviderSettings senderDomains(String... domains) {
        for (String domain : domains) {
            if (domain.isBlank() || domain.contains("@")) {
                throw new IllegalArgumentException("senderDomains needs domains such as example.com");
            }
            senderDomains.add(asInAddresses(domain.strip()));
        }
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
     * Sets how many attempts may be under way at once; further sends pass this provider over. A call that outlasts its
     * deadline counts until it ends. 64 by default.
     */
    public ProviderSettings maxInFlight(int attempts) {
        maxInFlight = Range.within("maxInFlight", attempts, 1, 1_000_000);
        return this;
    }

    Set<String> senderDomains() {
        return Set.copyOf(senderDomains);
    }

    Optional<Duration> timeout() {
        return timeout;
    }

    int maxInFlight() {
        return maxInFlight;
    }
}
