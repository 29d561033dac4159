package io.mailrouter.sqs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** What Amazon SQS does with messages, in virtual time: visibility, receipts, receive counts, groups and redrive. */
final class SimulatedQueue {

    static final String JUNK = "junk";
    static final long LONGEST_SECONDS = 43_200;
    private static final long SECOND = 1_000_000_000L;

    private final Simulation world;
    private final Random random;
    private final List<Stored> all = new ArrayList<>();
    private final Map<String, Stored> byId = new HashMap<>();
    private final Set<String> deadLetters = new HashSet<>();

    /** Where a message is. */
    enum Place {
        QUEUED,
        DELETED,
        REDRIVEN
    }

    /** A message and what the queue knows of it. */
    static final class Stored {
        final String id;
        final String subject;
        final String body;
        final String keyAttribute;
        final String group;
        final int number;
        final long sentAt;
        Place place = Place.QUEUED;
        int receives;
        long firstReceivedAt;
        long receivedAt;
        long visibleAt;

        Stored(int number, String subject, String body, String keyAttribute, String group, long now) {
            this.id = "m" + number;
            this.number = number;
            this.subject = subject;
            this.body = body;
            this.keyAttribute = keyAttribute;
            this.group = group;
            this.sentAt = now;
            this.visibleAt = now;
        }

        String receipt() {
            return id + '#' + receives;
        }

        boolean isJunk() {
            return body.equals(JUNK);
        }

        boolean isHidden(long now) {
            return visibleAt - now > 0;
        }
    }

    SimulatedQueue(Simulation world, Random random) {
        this.world = world;
        this.random = random;
    }

    void add(String subject, String body, String keyAttribute, String group) {
        Stored message = new Stored(all.size() + 1, subject, body, keyAttribute, group, world.nanos());
        all.add(message);
        byId.put(message.id, message);
    }

    List<Stored> all() {
        return all;
    }

    List<Stored> left() {
        return all.stream().filter(m -> m.place == Place.QUEUED).toList();
    }

    /** Returns after how long a message may be handed out, of a group only when none of it is hidden. */
    long untilNext() {
        long now = world.nanos();
        Map<String, Long> waits = new HashMap<>();
        left().forEach(m -> waits.merge(m.group.isEmpty() ? m.id : m.group, m.visibleAt - now, Math::max));
        return waits.values().stream().min(Long::compare).orElse(0L);
    }

    Stored message(String id) {
        return byId.get(id);
    }

    /** Takes a copy into the dead-letter queue. */
    void deadLetter(String sourceId) {
        deadLetters.add(sourceId);
    }

    boolean hasDeadLetter(String id) {
        return deadLetters.contains(id);
    }

    /** Hands messages out; any message that is out may come once more, as a standard queue's may. */
    List<Message> receive(int max, long visibility) {
        long now = world.nanos();
        List<Stored> candidates = new ArrayList<>();
        Set<String> blocked = new HashSet<>();
        for (Stored message : all) {
            boolean hides = message.place == Place.QUEUED && message.isHidden(now) && !message.group.isEmpty();
            if (hides && !world.has(Flaw.DISORDERLY_QUEUE)) {
                blocked.add(message.group);
            }
        }
        for (Stored message : all) {
            if (message.place != Place.QUEUED) {
                continue;
            }
            boolean again = message.group.isEmpty()
                    && random.nextDouble() < world.weather().duplicates();
            boolean mayGo = message.group.isEmpty()
                    ? again || !message.isHidden(now)
                    : !blocked.contains(message.group) && !message.isHidden(now);
            if (mayGo) {
                candidates.add(message);
            }
        }
        if (!world.weather().fifo() || world.has(Flaw.DISORDERLY_QUEUE)) {
            Collections.shuffle(candidates, random);
        }
        List<Message> messages = new ArrayList<>();
        for (Stored message : candidates) {
            if (messages.size() < max && !redriven(message)) {
                messages.add(handOut(message, now, visibility));
            }
        }
        return messages;
    }

    private boolean redriven(Stored message) {
        if (world.weather().maxReceives() == 0
                || message.receives < world.weather().maxReceives()) {
            return false;
        }
        message.place = Place.REDRIVEN;
        world.ledger().saw("redrive");
        world.note(() -> "queue redrives " + message.id);
        return true;
    }

    private Message handOut(Stored message, long now, long visibility) {
        message.receives++;
        if (world.has(Flaw.LOSING_QUEUE)) {
            message.place = Place.DELETED;
        }
        message.receivedAt = now;
        message.visibleAt = now + visibility * SECOND;
        if (message.receives == 1) {
            message.firstReceivedAt = now;
        }
        Map<MessageSystemAttributeName, String> system = new HashMap<>();
        system.put(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, String.valueOf(message.receives));
        system.put(MessageSystemAttributeName.SENT_TIMESTAMP, String.valueOf(world.millis(message.sentAt)));
        system.put(
                MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP,
                String.valueOf(world.millis(message.firstReceivedAt)));
        if (!message.group.isEmpty()) {
            system.put(MessageSystemAttributeName.MESSAGE_GROUP_ID, message.group);
            system.put(MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID, message.id);
            system.put(MessageSystemAttributeName.SEQUENCE_NUMBER, String.valueOf(message.number));
        }
        Map<String, MessageAttributeValue> attributes = message.keyAttribute.isEmpty()
                ? Map.of()
                : Map.of(
                        MessageHandler.KEY_ATTRIBUTE,
                        MessageAttributeValue.builder()
                                .dataType("String")
                                .stringValue(message.keyAttribute)
                                .build());
        return Message.builder()
                .messageId(message.id)
                .receiptHandle(message.receipt())
                .body(message.body)
                .attributes(system)
                .messageAttributes(attributes)
                .build();
    }

    /** Deletes a message. A receipt that is no longer the last may do nothing, in silence, or be refused. */
    boolean delete(String receipt) {
        Stored message = byId.get(receipt.substring(0, receipt.indexOf('#')));
        if (message.place != Place.QUEUED) {
            return true;
        }
        boolean current = message.receipt().equals(receipt);
        if (!message.group.isEmpty() && (!current || !message.isHidden(world.nanos()))) {
            return false;
        }
        if (current || random.nextBoolean()) {
            message.place = Place.DELETED;
        }
        return true;
    }

    /** Changes a message's visibility, if the receipt is its last and it is out. */
    boolean changeVisibility(String receipt, long seconds) {
        if (seconds < 0 || seconds > LONGEST_SECONDS) {
            world.ledger().violated("a visibility of " + seconds + " s was asked for");
            return false;
        }
        Stored message = byId.get(receipt.substring(0, receipt.indexOf('#')));
        long now = world.nanos();
        if (message.place != Place.QUEUED || !message.receipt().equals(receipt) || !message.isHidden(now)) {
            return false;
        }
        if (now - message.receivedAt + seconds * SECOND > LONGEST_SECONDS * SECOND) {
            world.ledger().violated(receipt + " was to be hidden for longer than 12 h after it was received");
            return false;
        }
        message.visibleAt = now + seconds * SECOND;
        return true;
    }
}
