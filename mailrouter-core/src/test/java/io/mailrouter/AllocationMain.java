package io.mailrouter;

import com.sun.management.ThreadMXBean;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Prints how many bytes a decision and an accepted send allocate with three providers that allocate nothing: the least of
 * several rounds, for whatever the JVM allocates once must not count.
 */
final class AllocationMain {

    private static final int ROUNDS = 5;
    private static final int OPERATIONS = 2_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocationMain() {}

    public static void main(String[] args) {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
        try (EmailService emails = EmailService.builder()
                .provider(new Accepting("ses"))
                .provider(new Accepting("sendgrid"), p -> p.cost("0.0004").weight(2))
                .provider(new Accepting("smtp"), p -> p.senderDomains("example.com"))
                .build()) {
            for (String name : List.of("ses", "sendgrid", "smtp")) {
                emails.send(email.toBuilder().onlyProviders(name).build());
            }
            System.out.println("decision " + least(() -> emails.route(email)));
            System.out.println("send " + least(() -> emails.send(email)));
        }
    }

    private static long least(Runnable operation) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                operation.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least / OPERATIONS;
    }

    private static final class Accepting implements EmailProvider {

        private static final Outcome ACCEPTED = new Outcome.Accepted("m-1");

        private final String name;
        private final Capabilities capabilities = Capabilities.builder()
                .features(Feature.values())
                .honoursDeadline()
                .build();

        Accepting(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Capabilities capabilities() {
            return capabilities;
        }

        @Override
        public Outcome send(Email email, Attempt.Context context) {
            return ACCEPTED;
        }

        @Override
        public void close() {}
    }
}
