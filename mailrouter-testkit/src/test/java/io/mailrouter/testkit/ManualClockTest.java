package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ManualClockTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final ManualClock clock = ManualClock.at(NOON);

    @Test
    void standsStillUntilItIsMoved() {
        assertThat(clock.instant()).isEqualTo(NOON);
        assertThat(clock.nanoTime()).isZero();

        clock.advance(Duration.ofSeconds(5));

        assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(5));
        assertThat(clock.nanoTime()).isEqualTo(5_000_000_000L);
        assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(-1))).hasMessageContaining("jump");
    }

    @Test
    @DisplayName("T1 a jump of the wall clock leaves the monotonic one alone")
    void jumpsOnTheWallOnly() {
        clock.advance(Duration.ofSeconds(5));
        clock.jump(Duration.ofHours(-1));

        assertThat(clock.instant()).isEqualTo(NOON.minusSeconds(3_595));
        assertThat(clock.nanoTime()).isEqualTo(5_000_000_000L);
    }

    @Test
    void losesNoStepOfManyThreads() {
        IntStream.range(0, 10_000).parallel().forEach(i -> clock.advance(Duration.ofNanos(1)));

        assertThat(clock.nanoTime()).isEqualTo(10_000);
    }

    @Test
    void endsAHoldOfAServiceWithoutWaiting() {
        RecordingProvider provider = RecordingProvider.named("recording")
                .next(new Outcome.Throttled("slow", "", Optional.of(Duration.ofSeconds(50))));
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t")
                .build();
        try (EmailService emails = EmailService.builder()
                .provider(provider)
                .time(clock, clock::nanoTime)
                .build()) {
            assertThat(emails.trySend(email)).isInstanceOf(SendResult.NotSent.class);
            clock.advance(Duration.ofSeconds(49));
            assertThat(emails.trySend(email)).isInstanceOf(SendResult.NotSent.class);
            assertThat(provider.attempted()).hasSize(1);
            clock.advance(Duration.ofSeconds(2));
            assertThat(emails.trySend(email)).isInstanceOf(SendResult.Accepted.class);
        }
    }
}
