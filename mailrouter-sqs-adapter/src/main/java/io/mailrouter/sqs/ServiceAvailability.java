package io.mailrouter.sqs;

import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.health.HealthState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;

/** Reads the providers' states off an email service. */
final class ServiceAvailability implements Availability {

    private final EmailService emails;
    private final InstantSource clock;

    ServiceAvailability(EmailService emails, InstantSource clock) {
        this.emails = emails;
        this.clock = clock;
    }

    @Override
    public boolean noneUsable() {
        return emails.providers().stream().noneMatch(ServiceAvailability::isUsable);
    }

    @Override
    public boolean worthATry() {
        Instant now = clock.instant();
        return emails.providers().stream()
                .anyMatch(status -> isUsable(status)
                        || status.until().filter(until -> !now.isBefore(until)).isPresent());
    }

    /** Where none is usable the gate decides, and its probes are not to wait for what is given back meanwhile. */
    @Override
    public int takenWithin(Duration time) {
        double sum = 0;
        boolean any = false;
        for (ProviderStatus status : emails.providers()) {
            if (isUsable(status)) {
                any = true;
                sum += takenWithin(time, status);
            }
        }
        return any ? (int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.ceil(sum))) : Integer.MAX_VALUE;
    }

    private static double takenWithin(Duration time, ProviderStatus status) {
        double seconds = time.plus(status.latency()).toMillis() / 1e3;
        double byRate = status.rate().isPresent() ? status.rate().getAsDouble() * seconds : Double.POSITIVE_INFINITY;
        double byQuota = status.quotaLeft().isPresent() ? status.quotaLeft().getAsLong() : Double.POSITIVE_INFINITY;
        return Math.min(byRate, byQuota);
    }

    @Override
    public Optional<Duration> nextReturn() {
        Instant now = clock.instant();
        return emails.providers().stream()
                .filter(status -> !isUsable(status))
                .flatMap(status -> status.until().stream())
                .filter(now::isBefore)
                .min(Comparator.naturalOrder())
                .map(until -> Duration.between(now, until));
    }

    private static boolean isUsable(ProviderStatus status) {
        return status.state() == HealthState.UP || status.state() == HealthState.DEGRADED;
    }
}
