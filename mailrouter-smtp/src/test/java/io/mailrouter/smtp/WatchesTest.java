package io.mailrouter.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchesTest {

    @Test
    void goesOnWithOtherAttemptsAfterADefectInOne() throws Exception {
        CompletableFuture<String> ended = new CompletableFuture<>();
        CompletableFuture<String> broken = new CompletableFuture<>();
        try (Watches watches = new Watches("watched");
                Watch defect = watches.begin(Duration.ofMillis(300))) {
            defect.over(() -> {
                broken.complete("thrown");
                throw new IllegalStateException("cannot be ended");
            });
            broken.get(30, TimeUnit.SECONDS);

            try (Watch other = watches.begin(Duration.ofMillis(50))) {
                other.over(() -> ended.complete("ended"));

                assertThat(ended.get(30, TimeUnit.SECONDS)).isEqualTo("ended");
            }
        }
    }
}
