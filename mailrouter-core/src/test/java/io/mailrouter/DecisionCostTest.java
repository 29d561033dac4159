package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.mailrouter.email.Email;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** The benchmark says how long a decision takes; what it allocates can be told on any machine. */
class DecisionCostTest {

    private static final int ROUNDS = 20;
    private static final int DECISIONS = 5_000;

    /** Twice what the benchmark shows: beside other tests the compiler sees less of what needs no object at all. */
    private static final long BOUND = 2_048;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Email email = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .text("hello")
            .build();

    @Test
    void aDecisionAmongThreeProvidersAllocatesLittle() {
        try (EmailService emails = EmailService.builder()
                .provider(new ScriptedProvider("ses"))
                .provider(
                        new ScriptedProvider("sendgrid"), p -> p.cost("0.0004").weight(2))
                .provider(new ScriptedProvider("smtp"), p -> p.senderDomains("example.com"))
                .build()) {
            for (String name : new String[] {"ses", "sendgrid", "smtp"}) {
                emails.send(email.toBuilder().onlyProviders(name).build());
            }
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                least = Math.min(least, bytes(emails));
            }

            System.out.println("a decision allocates " + least + " bytes");
            assertThat(least).isPositive().isLessThanOrEqualTo(BOUND);
        }
    }

    private long bytes(EmailService emails) {
        int ranked = 0;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < DECISIONS; i++) {
            ranked += emails.route(email).ranked().size();
        }
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(ranked).isEqualTo(3 * DECISIONS);
        return bytes / DECISIONS;
    }
}
