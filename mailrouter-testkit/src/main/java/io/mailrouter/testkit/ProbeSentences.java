package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The sentences about a provider's probe, for those that have one. */
abstract class ProbeSentences extends OutcomeSentences {

    @Test
    @DisplayName("its probe says that a service in good order works, and sends nothing")
    void theProbeSaysThatTheServiceWorks() {
        Probe.Answer answer = Asking.of(provider, LONG).within(LONG.plus(GRACE));

        assertThat(answer).isInstanceOf(Probe.Working.class);
        assertThat(service.attempts()).as("emails that the probe tried to send").isZero();
    }

    @Test
    @DisplayName("its probe tells an outage, and throws nothing")
    void theProbeTellsAnOutage() {
        when(Fault.REFUSES_CONNECTIONS);
        Probe.Answer answer = Asking.of(provider, LONG).within(LONG.plus(GRACE));

        assertThat(answer)
                .isInstanceOfSatisfying(
                        Probe.NotWorking.class,
                        notWorking -> assertThat(notWorking.why()).isInstanceOf(Outcome.Unavailable.class));
    }

    @Test
    @DisplayName("its probe ends within its time where the service says nothing, which is an outage as well")
    void theProbeEndsWithinItsTime() throws IOException {
        try (ServerSocket silent = silent();
                EmailProvider patient = provider(at(silent), CREDENTIAL)) {
            Probe.Answer answer = Asking.of(patient, SHORT).within(SHORT.plus(GRACE));

            assertThat(answer).isInstanceOf(Probe.NotWorking.class);
        }
    }

    @Test
    @DisplayName("T3 an interrupt ends its probe, and is kept")
    void anInterruptEndsTheProbe() throws IOException {
        try (ServerSocket silent = silent();
                EmailProvider patient = provider(at(silent), CREDENTIAL)) {
            Asking asking = Asking.of(patient, LONG);
            silent.accept();
            asking.interrupt();
            asking.within(GRACE);

            assertThat(asking.interrupted).as("the flag is kept").isTrue();
        }
    }

    /** Takes connections and never says a word; the system does the taking. */
    private static ServerSocket silent() throws IOException {
        ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        silent.setSoTimeout(Math.toIntExact(LONG.toMillis()));
        return silent;
    }

    private URI at(ServerSocket silent) {
        return URI.create(service.url().getScheme() + "://127.0.0.1:" + silent.getLocalPort());
    }

    /** A question on a thread of its own, so that a hang fails the test and does not stop it. */
    private static final class Asking {

        private final FutureTask<Probe.Answer> task;
        private final Thread thread;
        private volatile boolean interrupted;

        private Asking(Probe probe, Duration within) {
            task = new FutureTask<>(() -> {
                Probe.Answer answer = probe.ask(within);
                interrupted = Thread.currentThread().isInterrupted();
                return answer;
            });
            thread = new Thread(task, "mailrouter-contract-probe");
            thread.setDaemon(true);
        }

        static Asking of(EmailProvider provider, Duration within) {
            Probe probe = provider.probe().orElseThrow(() -> aborted("the provider has no probe"));
            Asking asking = new Asking(probe, within);
            asking.thread.start();
            return asking;
        }

        void interrupt() {
            thread.interrupt();
        }

        Probe.Answer within(Duration limit) {
            try {
                Probe.Answer answer = task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
                assertThat(answer).as("the probe's answer").isNotNull();
                return answer;
            } catch (ExecutionException defect) {
                throw new AssertionError("the probe threw an exception, which means a defect", defect.getCause());
            } catch (TimeoutException hang) {
                thread.interrupt();
                throw new AssertionError("the probe did not return within " + limit, hang);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new AssertionError("the test was interrupted", stop);
            }
        }
    }
}
