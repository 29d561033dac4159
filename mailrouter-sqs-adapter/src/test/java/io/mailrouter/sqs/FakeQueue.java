package io.mailrouter.sqs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** A queue in memory that hands out each message once, keeps what it is told, and fails on command. */
final class FakeQueue implements MessageQueue {

    private final BlockingQueue<Message> waiting = new LinkedBlockingQueue<>();
    private final Queue<String> deleted = new ConcurrentLinkedQueue<>();
    private final Queue<String> returned = new ConcurrentLinkedQueue<>();
    volatile Runnable afterReceive = () -> {};
    volatile Runnable beforeDelete = () -> {};
    volatile Runnable beforeChange = () -> {};
    volatile String name = "fake";

    void fill(String... subjects) {
        for (String subject : subjects) {
            waiting.add(Message.builder()
                    .messageId(subject)
                    .receiptHandle(subject)
                    .body(LocalSqs.body(subject))
                    .build());
        }
    }

    void fillGroup(String group, String subject) {
        waiting.add(Message.builder()
                .messageId(subject)
                .receiptHandle(subject)
                .attributes(Map.of(MessageSystemAttributeName.MESSAGE_GROUP_ID, group))
                .body(LocalSqs.body(subject))
                .build());
    }

    void fillJunk(String id) {
        waiting.add(
                Message.builder().messageId(id).receiptHandle(id).body("junk").build());
    }

    List<String> deleted() {
        return List.copyOf(deleted);
    }

    /** Returns the ids of the messages whose visibility was changed. */
    List<String> returned() {
        return List.copyOf(returned);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Message> receive(int max) {
        List<Message> messages = new ArrayList<>();
        try {
            Message first = waiting.poll(100, TimeUnit.MILLISECONDS);
            if (first != null) {
                messages.add(first);
                waiting.drainTo(messages, max - 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        afterReceive.run();
        return messages;
    }

    @Override
    public List<Failure> delete(List<Lease> leases) {
        beforeDelete.run();
        leases.forEach(lease -> deleted.add(lease.id()));
        return List.of();
    }

    @Override
    public List<Failure> changeVisibility(List<Change> changes) {
        beforeChange.run();
        changes.forEach(change -> returned.add(change.lease().id()));
        return List.of();
    }

    @Override
    public long size() {
        return waiting.size();
    }
}
