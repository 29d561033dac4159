package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProberTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();
    private final ManualBeat beat = new ManualBeat(time);
    private final ScriptedProbe probe = new ScriptedProbe();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");

    private EmailServiceBuilder service() {
        first.probe = Optional.of(probe);
        return EmailService.builder()
                .time(time.time())
                .random(new Random(1))
                .beat(beat)
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second);
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    private static void open(EmailService emails, ScriptedProvider provider) {
        provider.always(REFUSED);
        for (int i = 0; i < 5; i++) {
            emails.send(email());
        }
        assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DOWN);
    }

    @Test
    void theLimitsAreAskedForAtTheStartAndThenNowAndThen() {
        try (EmailService emails = service().probing(Duration.ofMinutes(2)).build()) {
            beat.run();
            beat.run();
            assertThat(probe.asked).as("at the start").hasSize(1).allMatch(within -> within.toSeconds() == 10);

            beat.pass(Duration.ofMinutes(20));
            assertThat(probe.asked.size()).isBetween(11, 15);
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
        }
        assertThat(beat.tasks()).as("after the close").isZero();
    }

    @Test
    void aQuarterOfAnHourIsTheDefaultAndAnythingButAGoodAnswerIsAskedForSooner() {
        try (EmailService emails = service().build()) {
            beat.run();
            beat.pass(Duration.ofHours(2));
            assertThat(probe.asked.size()).isBetween(9, 12);

            probe.always(new Probe.Untold("throttled"));
            beat.pass(Duration.ofMinutes(15));
            probe.asked.clear();
            beat.pass(Duration.ofHours(2));
            assertThat(probe.asked.size()).isBetween(30, 41);
            assertThat(emails.send(email()).provider()).isEqualTo("first");
        }
    }

    @Test
    void whoTellsNoLimitsIsAskedOnlyWhileItIsLeftAlone() {
        probe.tellsLimits = false;
        try (EmailService emails = service().build()) {
            beat.pass(Duration.ofHours(1));
            assertThat(probe.asked).isEmpty();

            open(emails, first);
            beat.pass(Duration.ofSeconds(11));
            assertThat(probe.asked).hasSize(1);
        }
    }

    @Test
    void refusesToAskWithoutAPause() {
        assertThatThrownBy(() -> service().probing(Duration.ofMillis(999)))
                .hasMessage("probing is PT0.999S: PT1S to PT24H is needed");
        assertThatThrownBy(() -> service().probing(Duration.ofDays(2))).hasMessageContaining("probing is PT48H");
    }

    @Test
    @DisplayName("P23 as long as the probe fails no email is risked, and after it only those of the trial")
    void aTrialWaitsForTheProbe() {
        probe.always(ScriptedProbe.DOWN);
        try (EmailService emails = service().build()) {
            open(emails, first);
            probe.asked.clear();
            for (int second = 0; second < 600; second++) {
                beat.pass(Duration.ofSeconds(1));
                assertThat(emails.send(email()).provider()).isEqualTo("second");
            }
            assertThat(first.attempts).as("emails that paid").hasSize(5);
            assertThat(probe.asked.size()).as("probes in ten minutes").isBetween(3, 10);

            first.always(new Outcome.Accepted("back"));
            probe.always(ScriptedProbe.GOOD);
            beat.pass(Duration.ofMinutes(5));
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DEGRADED);
            emails.send(email());
            time.pass(Duration.ofSeconds(1));
            emails.send(email());
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
        }
    }

    @Test
    void aGoodProbeClosesNothing() {
        try (EmailService emails = service().build()) {
            open(emails, first);
            beat.pass(Duration.ofMinutes(1));
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DEGRADED);

            emails.send(email());
            assertThat(emails.providers().get(0).state())
                    .as("the email of the trial failed")
                    .isEqualTo(HealthState.DOWN);
        }
    }

    @Test
    void aBadProbeOpensNothing() {
        probe.always(ScriptedProbe.DOWN);
        try (EmailService emails = service().build()) {
            beat.pass(Duration.ofHours(1));

            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
            assertThat(emails.send(email()).provider()).isEqualTo("first");
        }
    }

    @Test
    @DisplayName(
            "P16 a probe that finds the account paused holds it before an email pays, with one alert, as long as it says so")
    void aPausedAccountIsHeld() {
        List<EmailEvent> events = new CopyOnWriteArrayList<>();
        probe.always(ScriptedProbe.PAUSED);
        try (EmailService emails = service().listener(events::add).build()) {
            beat.run();
            for (int minute = 0; minute < 60; minute++) {
                beat.pass(Duration.ofMinutes(1));
                assertThat(emails.send(email()).provider()).isEqualTo("second");
            }
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.MISCONFIGURED);
            assertThat(first.attempts).isEmpty();

            probe.always(ScriptedProbe.GOOD);
            beat.pass(Duration.ofMinutes(10));
            assertThat(emails.send(email()).provider()).isEqualTo("first");
        }

        assertThat(events.stream().filter(EmailEvent.ProviderStateChanged.class::isInstance))
                .containsExactly(
                        new EmailEvent.ProviderStateChanged("first", "up", "misconfigured", "sending_paused"),
                        new EmailEvent.ProviderStateChanged("first", "misconfigured", "up", ""));
    }

    @Test
    void aProbeThatTellsNothingOrBreaksItsContractLeavesItToTime() {
        for (ScriptedProbe.Script script : List.<ScriptedProbe.Script>of(
                () -> new Probe.Untold("access_denied"),
                () -> {
                    throw new IllegalStateException("canary");
                },
                () -> {
                    throw new NoSuchMethodError("canary");
                })) {
            probe.script = script;
            try (EmailService emails = service().build()) {
                open(emails, first);
                beat.pass(Duration.ofSeconds(11));
                first.always(new Outcome.Accepted("back"));

                assertThat(emails.send(email()).provider()).isEqualTo("first");
            }
        }
    }

    @Test
    void theFirstEmailDoesNotWaitForTheProbe() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        probe.script = () -> {
            asked.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return ScriptedProbe.GOOD;
        };
        try (EmailService emails = service().beat(Threads::beat).build()) {
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(probers()).hasSize(1).allMatch(Thread::isDaemon);

            assertThat(emails.send(email()).provider()).isEqualTo("first");
        }
        assertThat(interrupted.await(30, TimeUnit.SECONDS))
                .as("ended by the close")
                .isTrue();
        await().atMost(Duration.ofSeconds(30)).until(() -> probers().isEmpty());
    }

    @Test
    @DisplayName("T10 there is no thread where there is no probe, nor where a provider cannot say whether it has one")
    void noThreadWithoutAProbe() {
        ScriptedProvider plain = new ScriptedProvider("plain");
        try (EmailService emails = EmailService.builder().provider(plain).build()) {
            assertThat(emails.send(email()).provider()).isEqualTo("plain");
            assertThat(probers()).isEmpty();
        }
        plain.probe = null;
        try (EmailService emails = EmailService.builder().provider(plain).build()) {
            assertThat(emails.send(email()).provider()).isEqualTo("plain");
            assertThat(probers()).isEmpty();
        }
    }

    private static List<Thread> probers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("mailrouter-probe"))
                .toList();
    }
}
