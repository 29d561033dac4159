package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageResponse;

/**
 * One consumer's way to the queue: calls fail before or after their effect, entries of a batch fail by themselves, other
 * threads run while a call is under way, and nothing passes after a crash.
 */
final class SimulatedConnection implements MessageQueue {

    private static final SdkException FAILED =
            SdkClientException.builder().message("made up").build();

    /** What the real calls are given, the ways there and back together. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** A poll that hangs is given up sooner than it comes back. */
    private static final Duration LIMIT_OF_POLL = Duration.ofSeconds(50);

    private final Simulation world;
    private final SimulatedConsumer owner;
    private final Settings settings;
    private final Set<Lease> ended = Collections.newSetFromMap(new IdentityHashMap<>());
    private List<Lease> lastChanged = List.of();

    SimulatedConnection(Simulation world, SimulatedConsumer owner, Settings settings) {
        this.world = world;
        this.owner = owner;
        this.settings = settings;
    }

    @Override
    public String name() {
        return world.weather().fifo() ? "simulated.fifo" : "simulated";
    }

    @Override
    public List<Message> receive(int max) {
        if (max < 1 || max > settings.batchSize() || owner.owned() + max > owner.capacity()) {
            world.ledger().violated(owner + " owns " + owner.owned() + " messages and asks for " + max);
        }
        request();
        // More than one batch of extensions has no order that a seed decides, so it must not come to that.
        int most = Math.min(max, 10 - owner.owned());
        List<Message> messages = most < 1
                ? List.of()
                : world.queue().receive(most, settings.visibility().toSeconds());
        world.note(() -> owner + " receives "
                + messages.stream().map(Message::receiptHandle).toList());
        world.ledger().received(owner, messages.size());
        pass(LIMIT_OF_POLL);
        return messages;
    }

    @Override
    public List<Failure> delete(List<Lease> leases) {
        for (Lease lease : leases) {
            mustBeOurs(lease, "deletes");
            world.ledger().deletes(owner, lease.id(), lease.receiveCount());
        }
        request();
        List<Failure> failures = entries(leases, i -> world.queue().delete(receipt(leases.get(i))));
        world.note(
                () -> owner + " deletes " + leases.stream().map(this::receipt).toList() + ", not " + failures);
        response();
        ended.addAll(succeeded(leases, failures));
        return failures;
    }

    @Override
    public List<Failure> changeVisibility(List<Change> changes) {
        List<Lease> leases = changes.stream().map(Change::lease).toList();
        leases.forEach(lease -> mustBeOurs(lease, "changes the visibility of"));
        request();
        List<Failure> failures = entries(
                leases,
                i -> world.queue()
                        .changeVisibility(
                                receipt(leases.get(i)), seconds(changes.get(i).visibility())));
        world.note(() -> owner + " changes "
                + changes.stream()
                        .map(change -> receipt(change.lease()) + " to " + change.visibility())
                        .sorted()
                        .toList()
                + ", failures: " + failures.size());
        response();
        lastChanged = succeeded(leases, failures);
        return failures;
    }

    private long seconds(Duration visibility) {
        return world.has(Flaw.ENDLESS_DELAY) ? SimulatedQueue.LONGEST_SECONDS : visibility.toSeconds();
    }

    @Override
    public long size() {
        return world.queue().left().size();
    }

    /** Hears that a message went back: what was asked for it last was the last. */
    void returned(String id) {
        List<Lease> returned =
                lastChanged.stream().filter(lease -> lease.id().equals(id)).toList();
        ended.addAll(returned);
        if (world.has(Flaw.LATE_HEARTBEAT) && !owner.isDead()) {
            changeVisibility(returned.stream()
                    .map(lease -> new Change(lease, settings.visibility()))
                    .toList());
        }
    }

    private void mustBeOurs(Lease lease, String does) {
        if (ended.contains(lease)) {
            world.ledger().violated(owner + " " + does + " " + receipt(lease) + ", with which it had done");
        }
    }

    private String receipt(Lease lease) {
        return lease.message().receiptHandle();
    }

    private static List<Lease> succeeded(List<Lease> leases, List<MessageQueue.Failure> failures) {
        Set<Integer> failed = new HashSet<>();
        failures.forEach(failure -> failed.add(failure.index()));
        return IntStream.range(0, leases.size())
                .filter(i -> !failed.contains(i))
                .mapToObj(leases::get)
                .toList();
    }

    /** Goes through a batch in an order that does not depend on where objects lie in memory. */
    private List<Failure> entries(List<Lease> leases, IntPredicate effect) {
        List<Integer> order = IntStream.range(0, leases.size())
                .boxed()
                .sorted(Comparator.comparing(i -> receipt(leases.get(i))))
                .toList();
        List<Failure> failures = new ArrayList<>();
        for (int i : order) {
            if (world.strikes()) {
                failures.add(new Failure(i, world.random().nextInt(4) == 0));
            } else if (!effect.test(i)) {
                failures.add(new Failure(i, true));
            }
        }
        return failures;
    }

    /** Others run before the call has its effect; it may never come to that. */
    private void request() {
        pass(LIMIT);
    }

    /** Others run before the answer is here; it may be lost. */
    private void response() {
        pass(LIMIT);
    }

    private void pass(Duration limit) {
        long begin = world.nanos();
        world.others(owner);
        boolean late = world.nanos() - begin > limit.toNanos();
        if (owner.isDead() || late || world.strikes()) {
            world.note(() -> owner + " gets no answer");
            throw FAILED;
        }
    }

    /** Returns a client whose messages are dead letters. */
    SqsClient deadLetters() {
        return new SqsClient() {
            @Override
            public SendMessageResponse sendMessage(SendMessageRequest request) {
                request();
                String note = request.messageAttributes()
                        .get(DeadLetterNote.ATTRIBUTE)
                        .stringValue();
                String source = sourceOf(note);
                if (!world.has(Flaw.VANISHING_DEAD_LETTERS)) {
                    world.queue().deadLetter(source);
                }
                world.note(() -> owner + " writes the dead letter of " + source);
                response();
                return SendMessageResponse.builder().messageId("copy").build();
            }

            @Override
            public String serviceName() {
                return "sqs";
            }

            @Override
            public void close() {}
        };
    }

    private static String sourceOf(String note) {
        String name = "\"sourceMessageId\":\"";
        int begin = note.indexOf(name) + name.length();
        return note.substring(begin, note.indexOf('"', begin));
    }
}
