package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LogLines;
import io.mailrouter.testkit.LogbackLines;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What follows what GetAccount answers, where a second region stands by: two servers, the real service between. */
@Timeout(120)
class SesProbeServiceTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final LoopbackSes first = LoopbackSes.start();
    private final LoopbackSes second = LoopbackSes.start();
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .routing(Routing.inOrder())
                .provider(SesProviderTest.builder(first.url()).name("ses-eu").build())
                .provider(SesProviderTest.builder(second.url()).name("ses-us").build())
                .listener(event -> {
                    if (event instanceof EmailEvent.ProviderStateChanged) {
                        events.add(event);
                    }
                });
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("text")
                .build();
    }

    private static SendResult.Accepted send(EmailService emails) {
        return emails.send(email());
    }

    private static HealthState stateOfFirst(EmailService emails) {
        return emails.providers().get(0).state();
    }

    @Test
    @DisplayName("P16 a paused account is found before an email meets it: stopped, fails over, one alert")
    void stopsAPausedAccount() {
        first.whenAsked(LoopbackSes.pausedAccount());
        try (EmailService emails = service().build()) {
            await().atMost(LONG).until(() -> stateOfFirst(emails) == HealthState.MISCONFIGURED);

            for (int i = 0; i < 100; i++) {
                assertThat(send(emails).provider()).isEqualTo("ses-us");
            }
            assertThat(emails.providers().get(0).reason()).isEqualTo("sending_disabled");
        }
        assertThat(first.attempts()).isZero();
        assertThat(events)
                .containsExactly(
                        new EmailEvent.ProviderStateChanged("ses-eu", "up", "misconfigured", "sending_disabled"));
    }

    @Test
    @DisplayName("P14 a credential that may send and not ask is a good one, and that is told once")
    void sendsWithoutThePermissionToAsk() {
        first.whenAsked(LoopbackSes.error(403, "AccessDeniedException", "not authorized: ses:GetAccount"));
        try (LogLines logs = LogbackLines.of("io.mailrouter");
                EmailService emails = service().probing(Duration.ofSeconds(1)).build()) {
            await().atMost(LONG).until(() -> first.questions() >= 3);

            assertThat(send(emails).provider()).isEqualTo("ses-eu");
            assertThat(stateOfFirst(emails)).isEqualTo(HealthState.UP);
            assertThat(logs.lines().stream().filter(line -> line.contains("accessdenied")))
                    .hasSize(1);
        }
        assertThat(events).isEmpty();
    }

    @Test
    @DisplayName("P14 a wrong credential and 1,000 emails: the server sees one request, and there is one alert")
    void doesNotHammer() {
        first.behave(LoopbackSes.error(403, "InvalidClientTokenId", "The security token is invalid."));
        try (EmailService emails = service().build()) {
            for (int i = 0; i < 1_000; i++) {
                assertThat(send(emails).provider()).isEqualTo("ses-us");
            }
        }
        assertThat(first.attempts()).isEqualTo(1);
        assertThat(events).hasSize(1);
    }

    @Test
    @DisplayName("P23 X2 an outage and its end: emails wait for the probe, two of them close the breaker, and it is up")
    void comesBackThroughItsProbe() {
        try (EmailService emails = service()
                .breaker(b -> b.openFor(Duration.ofMillis(500), Duration.ofMillis(500)))
                .build()) {
            await().atMost(LONG).until(() -> first.questions() == 1);
            first.behave(Behaviour.refuseConnections());
            // The kept connection of the probe is found dead by the first, so that nobody knows what became of it.
            for (int i = 0; i < 5; i++) {
                emails.trySend(email());
            }
            assertThat(stateOfFirst(emails)).isEqualTo(HealthState.DOWN);
            long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
            while (System.nanoTime() < end) {
                assertThat(send(emails).trail().attempts())
                        .as("nobody else pays")
                        .hasSize(1);
            }
            assertThat(first.questions()).as("that came through").isEqualTo(1);

            first.behave(Behaviour.accept());
            await().atMost(LONG).until(() -> {
                send(emails);
                return stateOfFirst(emails) == HealthState.UP;
            });
            assertThat(first.questions()).isEqualTo(2);
            assertThat(first.accepted()).hasSizeBetween(2, 3);
        }
    }
}
