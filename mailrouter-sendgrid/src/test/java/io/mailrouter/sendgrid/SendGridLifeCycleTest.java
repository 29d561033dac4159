package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SendGridLifeCycleTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider =
            SendGridProviderTest.builder(sendGrid.url()).build();

    @AfterEach
    void close() {
        provider.close();
        sendGrid.close();
    }

    @Test
    void usesAFreshConnectionWhenAnIdleOneHasEnded() {
        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        sendGrid.behave(Behaviour.refuseConnections());
        sendGrid.behave(Behaviour.accept());
        // The client looks whether a connection still lives once it has been idle for 100 ms.
        await().pollDelay(Duration.ofMillis(150)).until(() -> true);

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(sendGrid.accepted()).hasSize(2);
    }

    @Test
    void keepsAConnectionForTheNextEmail() {
        for (int i = 0; i < 5; i++) {
            assertThat(send(email().build())).isInstanceOf(Accepted.class);
            assertThat(sendGrid.openConnections()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("T3 interrupted before: not sent, flag kept")
    void isUnavailableWhenInterruptedBefore() {
        Thread.currentThread().interrupt();
        Outcome outcome = send(email().build());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isInstanceOf(Unavailable.class);
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("T4 close leaves no thread and no connection")
    void leavesNothingBehind() {
        SendGridProvider other = SendGridProviderTest.builder(sendGrid.url())
                .name("sendgrid-leaving")
                .build();
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isInstanceOf(Accepted.class);
        assertThat(threadNames()).anyMatch(name -> name.contains("sendgrid-leaving"));
        other.close();
        provider.close();
        other.close();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(sendGrid.openConnections()).isZero();
            assertThat(threadNames()).noneMatch(name -> name.contains("sendgrid-leaving"));
        });
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isEqualTo(new Unavailable("closed", "the provider is closed"));
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }

    private Outcome send(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        return provider.send(email, Attempt.Context.within(DEADLINE));
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text");
    }
}
