package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

@Timeout(60)
class SesLifeCycleTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider =
            SesProviderTest.builder(ses.url()).configurationSet("set-1").build();

    @AfterEach
    void close() {
        provider.close();
        ses.close();
    }

    @Test
    void usesAFreshConnectionWhenAnIdleOneHasEnded() {
        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        ses.behave(Behaviour.refuseConnections());
        ses.behave(Behaviour.accept());
        // The client looks whether a connection still lives once it has been idle for 2 s.
        await().pollDelay(Duration.ofMillis(2_200)).until(() -> true);

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(ses.accepted()).hasSize(2);
    }

    @Test
    @DisplayName("T3 interrupted before: not sent, flag kept")
    void isUnavailableWhenInterruptedBefore() {
        Thread.currentThread().interrupt();
        Outcome outcome = send(email().build());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isInstanceOf(Unavailable.class);
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("T3 interrupted while it waits for credentials until the deadline: not sent, flag kept")
    void keepsAnInterruptThatCameBeforeItsTimeWasOver() {
        AwsCredentialsProvider busy = () -> {
            Thread.currentThread().interrupt();
            long end = System.nanoTime() + Duration.ofMillis(600).toNanos();
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            return SesProviderTest.CREDENTIALS.resolveCredentials();
        };
        Outcome outcome;
        try (SesProvider other =
                SesProviderTest.builder(ses.url()).credentials(busy).build()) {
            outcome = other.send(email().build(), Attempt.Context.within(Duration.ofMillis(300)));
        }

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isEqualTo(new Unavailable("interrupted", "nothing was written"));
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("T2 credentials that come when the time is over: not sent, no request begins")
    void beginsNoRequestWhenTheCredentialsComeTooLate() throws Exception {
        AwsCredentialsProvider late = () -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException swallowed) {
                // As code does that is not ours: the flag is gone, and the credentials are there.
            }
            return SesProviderTest.CREDENTIALS.resolveCredentials();
        };
        try (SesProvider other =
                SesProviderTest.builder(ses.url()).credentials(late).build()) {
            Outcome outcome = other.send(email().build(), Attempt.Context.within(Duration.ofMillis(300)));

            assertThat(outcome).isEqualTo(new Unavailable("timeout", "nothing was written"));
        }
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("T4 close leaves no thread and no connection")
    void leavesNothingBehind() {
        SesProvider other =
                SesProviderTest.builder(ses.url()).name("ses-leaving").build();
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isInstanceOf(Accepted.class);
        assertThat(threadNames()).anyMatch(name -> name.contains("ses-leaving"));
        other.close();
        provider.close();
        other.close();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(ses.openConnections()).isZero();
            assertThat(threadNames())
                    .noneMatch(name -> name.contains("ses-leaving")
                            || name.contains("idle-connection-reaper")
                            || name.startsWith("sdk-"));
        });
        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isEqualTo(new Unavailable("closed", "the provider is closed"));
    }

    @Test
    @DisplayName("T4 closed while a send is on its way to the connection: not sent, and no defect")
    void isUnavailableWhenClosedOnTheWayToTheConnection() {
        List<SesProvider> toClose = new ArrayList<>();
        AwsCredentialsProvider closing = () -> {
            toClose.forEach(SesProvider::close);
            return SesProviderTest.CREDENTIALS.resolveCredentials();
        };
        SesProvider other =
                SesProviderTest.builder(ses.url()).credentials(closing).build();
        toClose.add(other);

        assertThat(other.send(email().build(), Attempt.Context.within(DEADLINE)))
                .isEqualTo(new Unavailable("closed", "nothing was written"));
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("T4 closed while the service is silent: unknown, one request seen")
    void isUnknownWhenClosedWhileTheServiceIsSilent() throws Exception {
        ses.behave(Behaviour.hang());
        CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(() -> send(email().build()));
        await().until(() -> ses.requests() == 1);
        provider.close();

        assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(Unknown.class);
        assertThat(ses.requests()).isEqualTo(1);
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
