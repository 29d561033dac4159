package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PollersTest {

    @Test
    void aPollerThatCouldNotBeStartedIsStartedTheNextTime() {
        AtomicBoolean first = new AtomicBoolean(true);
        CountDownLatch end = new CountDownLatch(1);
        Pollers pollers = new Pollers(ConsumerSettingsTest.settings(b -> b), new SqsThreads("poll"), index -> {
            if (first.getAndSet(false)) {
                throw new LinkageError("made up");
            }
            return () -> SqsEmailConsumerTest.awaitLatch(end);
        });

        assertThatThrownBy(pollers::start).isInstanceOf(LinkageError.class);
        assertThat(pollers.count()).isZero();
        pollers.start();

        assertThat(pollers.count()).isEqualTo(1);
        end.countDown();
        pollers.await(Duration.ofSeconds(30));
    }
}
