package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * The calls that draining a queue needs. Each blocks, within a time limit; a call that fails as a whole throws the
 * SDK's exception. A small port, so that a simulated queue can stand in.
 */
interface MessageQueue {

    /** Returns the queue's name, for events and logs. */
    String name();

    /** Waits for messages as long as a long poll does. */
    List<Message> receive(int max);

    /** Deletes up to ten messages and returns which of them were not. */
    List<Failure> delete(List<Lease> leases);

    /** Changes the visibility of up to ten messages and returns for which of them that failed. */
    List<Failure> changeVisibility(List<Change> changes);

    /** Returns how many messages the queue holds: visible, handed out and delayed, about. */
    long size();

    /** A message and after how long it is to be handed out again. */
    record Change(Lease lease, Duration visibility) {}

    /**
     * An entry of a batch that failed.
     *
     * @param index its place in the batch
     * @param senderFault whether trying again is of no use
     */
    record Failure(int index, boolean senderFault) {}
}
