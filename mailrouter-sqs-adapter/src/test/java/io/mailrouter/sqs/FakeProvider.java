package io.mailrouter.sqs;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** A provider in memory that answers as it is told and remembers what it was given. */
final class FakeProvider implements EmailProvider {

    private final String name;
    private final Function<Email, Outcome> answer;
    private final Queue<Email> sent = new ConcurrentLinkedQueue<>();
    private final Queue<Email> asked = new ConcurrentLinkedQueue<>();

    FakeProvider(String name, Function<Email, Outcome> answer) {
        this.name = name;
        this.answer = answer;
    }

    static FakeProvider accepting() {
        return new FakeProvider("fake", email -> new Outcome.Accepted("m-1"));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder()
                .features(Feature.values())
                .maxRecipients(1_000)
                .honoursDeadline()
                .build();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        asked.add(email);
        Outcome outcome = answer.apply(email);
        if (outcome instanceof Outcome.Accepted) {
            sent.add(email);
        }
        return outcome;
    }

    /** Returns the subjects of what was accepted, one for each time. */
    List<String> sent() {
        return sent.stream().map(Email::subject).toList();
    }

    /** Returns the email that it was asked to send last. */
    Email lastAsked() {
        return asked.stream().reduce((first, second) -> second).orElseThrow();
    }

    /** Returns how often it was asked. */
    int asked() {
        return asked.size();
    }
}
