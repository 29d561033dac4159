package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.mailrouter.email.Email;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.ServiceHealth;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ServiceHealthTest {

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider ses = new ScriptedProvider("ses");
    private final ScriptedProvider sendGrid = new ScriptedProvider("sendgrid");
    private final EmailService emails = EmailService.builder()
            .provider(ses)
            .provider(sendGrid)
            .routing(Routing.inOrder())
            .time(time.time())
            .routing(Routing.inOrder())
            .build();

    @AfterEach
    void close() {
        emails.close();
    }

    private void send(int times) {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
        for (int i = 0; i < times; i++) {
            emails.trySend(email);
        }
    }

    @Test
    void isUpWhileEveryProviderIs() {
        send(3);

        assertThat(emails.health().level()).isEqualTo(ServiceHealth.Level.UP);
        assertThat(emails.health().troubles()).isEmpty();
    }

    @Test
    void oneProvidersTroubleDegradesItAndSaysWhy() {
        ses.always(new Outcome.Unavailable("down", "it is down"));
        send(5);
        assertThat(emails.health().level()).isEqualTo(ServiceHealth.Level.DEGRADED);
        assertThat(emails.health().troubles())
                .extracting(ServiceHealth.Trouble::provider, ServiceHealth.Trouble::state)
                .containsExactly(tuple("ses", HealthState.DOWN));

        emails.operations().disable("ses", "incident 42", Duration.ofMinutes(30));
        assertThat(emails.health().troubles())
                .containsExactly(new ServiceHealth.Trouble("ses", HealthState.DISABLED, "incident 42"));
    }

    @Test
    @DisplayName("X15 a mail outage is no reason to restart: degraded, whatever becomes of every provider")
    void isNeverDownBecauseOfProviders() {
        ses.always(new Outcome.Unavailable("down", "it is down"));
        sendGrid.always(new Outcome.Misconfigured("http_401", "wrong key", Outcome.Scope.ACCOUNT));
        send(10);
        assertThat(emails.health().troubles()).hasSize(2);
        assertThat(emails.health().level()).isEqualTo(ServiceHealth.Level.DEGRADED);

        emails.operations().disable("ses", "incident 42");
        emails.operations().forced().disable("sendgrid", "incident 42");
        assertThat(emails.health().level()).isEqualTo(ServiceHealth.Level.DEGRADED);
    }

    @Test
    void asksNoProvider() {
        emails.health();

        assertThat(ses.attempts).isEmpty();
        assertThat(sendGrid.attempts).isEmpty();
    }

    @Test
    void isDownOnlyWhenItIsClosed() {
        emails.close();

        assertThat(emails.health().level()).isEqualTo(ServiceHealth.Level.DOWN);
    }
}
