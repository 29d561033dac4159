package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * Takes over what the polls bring, with its permits, and puts it in the order in which it is sent. Safe to share between
 * threads; throws nothing, for a permit that is not given back is lost for ever.
 */
final class Arrivals {

    private final Leases leases;
    private final Permits permits;
    private final Gate gate;
    private final Delivery.Workplace at;
    private final boolean fifo;

    Arrivals(Leases leases, Permits permits, Gate gate, Delivery.Workplace at) {
        this.leases = leases;
        this.permits = permits;
        this.gate = gate;
        this.at = at;
        this.fifo = SqsQueue.isFifo(at.queueName());
    }

    /**
     * Hands messages on to be sent. What cannot be handed on is let go with its permit, and comes again when its visibility
     * ends; on a FIFO queue so is what came after it.
     */
    void handOn(List<Message> messages, boolean probe) {
        List<Turn> batch = new ArrayList<>(messages.size());
        @Nullable Throwable met = null;
        for (Message message : messages) {
            try {
                if (met == null || !fifo) {
                    batch.add(new Delivery(leases.add(message, probe), at));
                    continue;
                }
            } catch (Throwable defect) {
                met = defect;
            }
            permits.release(1);
            if (probe) {
                gate.probeEnded(false);
            }
            tellLost(message.messageId(), met);
        }
        try {
            at.order().accept(batch);
        } catch (Throwable defect) {
            batch.forEach(turn -> letGo(turn.lease(), defect));
        }
    }

    /** Gives a message that came too late back to the queue. What cannot be given back is let go with its permit. */
    void giveBack(Message message) {
        @Nullable Lease lease = null;
        try {
            lease = leases.add(message, false);
            new Delivery(lease, at).release(Duration.ZERO, "late");
        } catch (Throwable defect) {
            if (lease == null) {
                permits.release(1);
            } else {
                leases.end(lease);
            }
            at.intake().met(defect);
        }
    }

    /** Lets a message go because of a defect. */
    void letGo(Lease lease, Throwable defect) {
        leases.end(lease);
        tellLost(lease.id(), defect);
    }

    private void tellLost(String id, Throwable defect) {
        at.events().tell(new QueueEvent.LeaseLost(at.queueName(), id));
        at.intake().met(defect);
    }
}
