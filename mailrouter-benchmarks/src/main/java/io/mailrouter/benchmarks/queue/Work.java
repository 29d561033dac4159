package io.mailrouter.benchmarks.queue;

import io.mailrouter.EmailService;
import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.sqs.message.EmailMessages;

/** What a peer does with each message. Safe to share between threads. */
@FunctionalInterface
interface Work {

    /** Takes a message's body. */
    void on(String body);

    /** Looks at the body no further. */
    static Work counting() {
        return body -> {
            if (body.isEmpty()) {
                throw new IllegalArgumentException("body is empty");
            }
        };
    }

    /** Does with the body what the library's consumer does: reads an email and sends it through the service. */
    static Work sending() {
        EmailMessages messages = EmailMessages.upToDefaultSize();
        EmailService emails = service();
        return body -> emails.send(messages.read(body));
    }

    /** Returns a service whose provider answers at once. */
    static EmailService service() {
        return EmailService.builder().provider(new InstantProvider("instant")).build();
    }
}
