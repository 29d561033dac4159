package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.provider.Attempt;
import java.util.Optional;

/**
 * Passes a provider over that an operator has switched off. Asked last, when an attempt has its place already: so no
 * call begins after an order, and whoever waits until no place is taken has waited for the last call.
 */
final class SwitchedProvider implements GatedProvider {

    private final GatedProvider next;
    private final String name;
    private final Switchboard board;

    SwitchedProvider(GatedProvider next, String name, Switchboard board) {
        this.next = next;
        this.name = name;
        this.board = board;
    }

    @Override
    public Answer send(Email email, Attempt.Context context) {
        Optional<Answer.PassedOver> closed = closed(name, board);
        return closed.isPresent() ? closed.get() : next.send(email, context);
    }

    /** Returns why no attempt may begin now, if an operator has said so. */
    static Optional<Answer.PassedOver> closed(String name, Switchboard board) {
        board.hear();
        return board.stop(name).map(SwitchedProvider::passedOver);
    }

    private static Answer.PassedOver passedOver(StandingOrder order) {
        return order.kind() == Order.Kind.FORCED_OPEN
                ? new Answer.PassedOver(Skipped.Reason.OPEN, "forced open: " + order.reason(), order.until())
                : new Answer.PassedOver(Skipped.Reason.DISABLED, order.reason(), order.until());
    }
}
