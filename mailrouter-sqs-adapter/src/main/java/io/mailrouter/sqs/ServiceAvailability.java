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
