package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a service makes of its fleet's circuits and holds, and what it tells of its own. */
class FleetHealthTest {

    private final VirtualTime time = new VirtualTime();
    private final ScriptedFleet fleet = new ScriptedFleet(time.time(), "first");
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");
    private final List<EmailEvent> events = new CopyOnWriteArrayList<>();

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .random(new Random(1))
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second)
                .listener(events::add)
                .fleet(fleet);
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    private void throttle(EmailService emails, Optional<Duration> hint) {
        first.next(new Outcome.Throttled("too_many_requests", "", hint));
        emails.send(email());
    }

    @Test
    void theStatusSaysThatTheFleetLeavesItAlone() {
        try (EmailService emails = service().build()) {
            assertThat(emails.providers().get(0).scope()).isEqualTo(HealthScope.NODE);
            fleet.knows(fleet.open(7));

            ProviderStatus status = emails.providers().get(0);
            assertThat(status.state()).isEqualTo(HealthState.DOWN);
            assertThat(status.scope()).isEqualTo(HealthScope.FLEET);
            assertThat(status.reason()).isEqualTo("left alone by the fleet after failures that 2 nodes have seen");
            assertThat(emails.send(email()).provider()).isEqualTo("second");
            assertThat(first.attempts).isEmpty();
            assertThat(emails.route(email()).skipped())
                    .singleElement()
                    .satisfies(skip -> assertThat(skip.detail()).isEqualTo("open after failures, for the fleet"));
        }
        assertThat(events)
                .anyMatch(event -> event instanceof EmailEvent.ProviderStateChanged change
                        && change.to().equals("down"));
    }

    @Test
    @DisplayName("a dry run asks for no lease; an email does")
    void aDryRunTellsTheFleetNothing() {
        try (EmailService emails = service().build()) {
            FleetCircuit open = fleet.open(7);
            fleet.knows(open);
            emails.send(email());
            time.pass(Duration.ofSeconds(11));
            fleet.knows(open);
            emails.route(email());
            assertThat(fleet.news).isEmpty();

            emails.send(email());
            assertThat(fleet.news).hasSize(1);
            fleet.knows(fleet.leased(open, FleetCircuit.Lease.HERE));
            assertThat(emails.send(email()).provider()).as("the trial").isEqualTo("first");
        }
    }

    @Test
    @DisplayName("X10 in an outage of all an email pays for the trials of those only whose lease its node has")
    void needAsksForTheOtherLeases() {
        try (EmailService emails = service().build()) {
            second.always(new Outcome.Unavailable("connection_refused", ""));
            for (int i = 0; i < 5; i++) {
                first.next(new Outcome.Unavailable("connection_refused", ""));
                emails.trySend(email());
            }
            FleetCircuit open = fleet.open(7);
            fleet.knows(open);
            emails.trySend(email());
            time.pass(Duration.ofSeconds(11));
            fleet.knows(open);
            second.attempts.clear();
            first.attempts.clear();
            emails.trySend(email());

            assertThat(second.attempts)
                    .as("on trial by this node's own evidence")
                    .hasSize(1);
            assertThat(first.attempts).as("the fleet's").isEmpty();
        }
    }

    @Test
    void aPauseThatLastsUntilOthersHearOfItIsTold() {
        try (EmailService emails = service().build()) {
            throttle(emails, Optional.of(Duration.ofMillis(999)));
            assertThat(fleet.holds).isEmpty();
            time.pass(Duration.ofSeconds(1));
            throttle(emails, Optional.of(Duration.ofSeconds(20)));

            assertThat(fleet.holds).singleElement().satisfies(hold -> {
                assertThat(hold.state()).isEqualTo(HealthState.THROTTLED);
                assertThat(hold.code()).isEqualTo("too_many_requests");
                assertThat(hold.until() - time.time().nanos())
                        .isEqualTo(Duration.ofSeconds(20).toNanos());
            });
            assertThat(emails.providers().get(0).scope()).isEqualTo(HealthScope.NODE);
        }
    }

    @Test
    @DisplayName("P14 a wrong key that the fleet knows of is held here too, with an event and without an attempt")
    void aHoldOfTheFleetCounts() {
        try (EmailService emails = service().build()) {
            fleet.knowsHold(HealthState.MISCONFIGURED, Duration.ofMinutes(4));
            for (int i = 0; i < 10; i++) {
                assertThat(emails.send(email()).provider()).isEqualTo("second");
            }

            ProviderStatus status = emails.providers().get(0);
            assertThat(status.state()).isEqualTo(HealthState.MISCONFIGURED);
            assertThat(status.scope()).isEqualTo(HealthScope.FLEET);
            assertThat(first.attempts).isEmpty();
            assertThat(fleet.holds).as("what was heard is not told on").isEmpty();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(events.stream().filter(EmailEvent.HoldBegan.class::isInstance))
                            .hasSize(1));
            time.pass(Duration.ofMinutes(4));
            assertThat(emails.send(email()).provider())
                    .as("whoever was asked itself looks first")
                    .isEqualTo("second");
            time.pass(Duration.ofSeconds(4));
            assertThat(emails.send(email()).provider()).isEqualTo("first");
        }
    }

    @Test
    @DisplayName("P10 R11 a hold of the fleet lasts no longer than one of this node would")
    void aHoldOfTheFleetIsCapped() {
        try (EmailService emails = service().build()) {
            fleet.knowsHold(HealthState.THROTTLED, Duration.ofDays(3_650));
            assertThat(emails.send(email()).provider()).isEqualTo("second");
            fleet.knowsNothing();
            emails.send(email());
            assertThat(emails.providers().get(0).state())
                    .as("missing is not healthy")
                    .isEqualTo(HealthState.THROTTLED);

            time.pass(Duration.ofSeconds(61));
            assertThat(emails.send(email()).provider()).isEqualTo("first");
        }
    }

    @Test
    void anOrderHasTheScopeOfTheFleetAndTheConfigurationThatOfTheNode() {
        try (EmailService emails = service().disabled("second").build()) {
            assertThat(emails.providers().get(1).scope()).isEqualTo(HealthScope.NODE);
            emails.operations().enable("second");
            emails.operations().disable("first", "incident 42");

            assertThat(emails.providers().get(0).scope()).isEqualTo(HealthScope.FLEET);
        }
    }

    @Test
    @DisplayName("P23 while the fleet leaves it alone its probe is asked by the node with the lease, and by no other")
    void onlyTheLeaseAsksTheProbe() {
        ScriptedProbe probe = new ScriptedProbe();
        ManualBeat beat = new ManualBeat(time);
        first.probe = Optional.of(probe);
        try (EmailService emails =
                service().beat(beat).probing(Duration.ofSeconds(5)).build()) {
            beat.pass(Duration.ofSeconds(10));
            assertThat(probe.asked).isNotEmpty();
            FleetCircuit open = fleet.open(7);
            fleet.knows(open);
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DOWN);
            probe.asked.clear();
            for (int second = 0; second < 40; second++) {
                time.pass(Duration.ofSeconds(1));
                fleet.knows(open);
                beat.run();
            }
            assertThat(probe.asked).isEmpty();
            assertThat(fleet.news).as("it wants to").isNotEmpty();

            fleet.knows(fleet.leased(open, FleetCircuit.Lease.HERE));
            beat.run();
            assertThat(probe.asked).hasSize(1);
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DEGRADED);
        }
    }
}
