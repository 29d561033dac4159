package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class SendGridOptionsTest {

    private final SendGridOptions.Builder options = SendGridOptions.builder();

    @Test
    @DisplayName("C1 an option that SendGrid or a header could not hold is refused, without its value")
    void namesTheOptionThatIsWrong() {
        for (String bad : List.of("", "x", "y".repeat(65), "canary\r\nX: y", "canary\0", "pool\u010d\u010a")) {
            assertThatThrownBy(() -> options.ipPool(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("ipPool needs 2 to 64 printable ASCII characters");
        }
        for (String bad : List.of("", "a b", "y".repeat(129), "canary\n")) {
            assertThatThrownBy(() -> options.batchId(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("batchId needs 1 to 128 printable ASCII characters without spaces");
        }
        assertThatThrownBy(() -> options.unsubscribeGroup(0)).hasMessageStartingWith("unsubscribeGroup is 0");
        assertThatThrownBy(() -> options.unsubscribeGroup(1, -1)).hasMessageStartingWith("unsubscribeGroup is -1");
        assertThatThrownBy(() -> options.unsubscribeGroup(1, new int[26]))
                .hasMessageStartingWith("unsubscribeGroup shows 26 groups");
    }

    @Test
    void takesWhatStandsAtItsLimits() {
        options.ipPool("ab").ipPool("y".repeat(64)).batchId("b").batchId("y".repeat(128));
        int[] shown = new int[25];
        Arrays.fill(shown, 3);
        options.unsubscribeGroup(1, shown);

        assertThat(options.build()).hasToString("SendGridOptions");
    }

    @Test
    void leavesOneWayToUnsubscribe() {
        try (SendGridProvider provider =
                SendGridProviderTest.builder(URI.create("http://127.0.0.1:1")).build()) {
            Email group = email().options(options.unsubscribeGroup(1).build()).build();
            Email both = email().options(options.build())
                    .unsubscribe(new Unsubscribe(URI.create("https://example.com/u")))
                    .build();
            Email header = email().options(options.build())
                    .header("list-unsubscribe", "<https://example.com/u>")
                    .build();

            assertThat(provider.capabilities().unfit(group)).isEmpty();
            for (Email twice : List.of(both, header)) {
                assertThat(provider.capabilities().unfit(twice))
                        .hasValueSatisfying(why -> assertThat(why).contains("List-Unsubscribe"));
            }
        }
    }

    @Test
    void expectsNoIdFromTheSandbox() {
        Logger logger = (Logger) LoggerFactory.getLogger(SendGridProvider.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        try (LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
                SendGridProvider provider =
                        SendGridProviderTest.builder(sendGrid.url()).build()) {
            sendGrid.behave(Behaviour.answer(200, Map.of(), ""));
            Email trial = email().options(options.sandbox().build()).build();

            assertThat(provider.send(trial, Attempt.Context.within(Duration.ofSeconds(20))))
                    .isEqualTo(new Accepted(""));
            assertThat(logged.list).isEmpty();
            provider.send(email().build(), Attempt.Context.within(Duration.ofSeconds(20)));
            assertThat(logged.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly("sendgrid accepted an email, but its answer held no id");
        } finally {
            logger.detachAppender(logged);
        }
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t");
    }
}
