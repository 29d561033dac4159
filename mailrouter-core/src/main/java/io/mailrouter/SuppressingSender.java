package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leaves out the recipients that are suppressed, and says so; the others are sent to. */
final class SuppressingSender implements Sender {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Sender next;
    private final SuppressionList list;
    private final StoreCalls calls;
    private final StoreStart start;
    private final Duration lookUpTime;
    private final Duration deadline;
    private final StoreFailure onFailure;
    private final Seldom seldom;
    private final Time time;

    SuppressingSender(
            Sender next,
            SuppressionList list,
            SuppressionSettings settings,
            Duration deadline,
            ExecutorService executor,
            Seldom seldom,
            Time time) {
        this.next = next;
        this.list = list;
        this.calls = new StoreCalls(executor);
        this.start = new StoreStart(list::begun, time);
        this.lookUpTime = settings.lookUpTime();
        this.deadline = deadline;
        this.onFailure = settings.onListFailure();
        this.seldom = seldom;
        this.time = time;
    }

    /** Says whether the list answered when it was last asked. */
    boolean isUp() {
        return calls.isUp();
    }

    @Override
    public Sent send(Email email) {
        return begin(email).through(next);
    }

    /** The first half: whether the email goes on, and to whom. */
    Passage begin(Email email) {
        Span span = Span.of(email, deadline, time);
        start.await(span);
        List<SuppressedRecipient> suppressed;
        try {
            suppressed = suppressed(email, span.forStore(lookUpTime));
        } catch (StoreUnavailableException failure) {
            return unchecked(email, failure, span);
        }
        if (suppressed.isEmpty()) {
            return new Passage.Open(span.charged(email), sent -> sent);
        }
        Set<EmailAddress> out = new HashSet<>();
        suppressed.forEach(one -> out.add(one.recipient()));
        if (recipients(email).allMatch(out::contains)) {
            Trail trail = new Trail(
                    Journey.referenceOf(email),
                    List.of(),
                    List.of(),
                    suppressed,
                    Set.of(),
                    RoutePlan.none(),
                    span.elapsed());
            return new Passage.Answered(Sent.of(new SendResult.Suppressed(trail)));
        }
        Email rest = email.onlyTo(address -> !out.contains(address));
        return new Passage.Open(span.charged(rest), sent -> sent.map(result -> Retold.with(result, suppressed)));
    }

    private List<SuppressedRecipient> suppressed(Email email, Duration within) {
        Set<CanonicalAddress> addresses = new HashSet<>();
        recipients(email).map(CanonicalAddress::of).forEach(addresses::add);
        Map<CanonicalAddress, Suppression> found =
                calls.call(list.honoursBudget(), within, () -> Map.copyOf(list.lookUp(addresses, within)));
        if (found.isEmpty()) {
            return List.of();
        }
        List<SuppressedRecipient> suppressed = new ArrayList<>();
        recipients(email)
                .forEach(recipient -> Optional.ofNullable(found.get(CanonicalAddress.of(recipient)))
                        .ifPresent(why -> suppressed.add(new SuppressedRecipient(recipient, why))));
        return suppressed;
    }

    private static Stream<EmailAddress> recipients(Email email) {
        return Stream.of(email.to(), email.cc(), email.bcc()).flatMap(List::stream);
    }

    private Passage unchecked(Email email, StoreUnavailableException failure, Span span) {
        boolean sends = onFailure == StoreFailure.SEND;
        seldom.run(
                "suppression list",
                times -> log.warn(
                        "The suppression list {}: emails are {} ({} times lately)",
                        failure.getMessage(),
                        sends ? "sent without it" : "held",
                        times));
        if (sends) {
            return new Passage.Open(
                    span.charged(email), sent -> sent.map(result -> Retold.with(result, Note.UNCHECKED)));
        }
        Trail trail = new Trail(Journey.referenceOf(email), List.of(), List.of(), span.elapsed());
        return new Passage.Answered(Sent.of(new SendResult.NotSent(
                "suppression_list_unavailable",
                "the suppression list " + failure.getMessage(),
                Optional.of(time.now().plus(PAUSE)),
                trail)));
    }
}
