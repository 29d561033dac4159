package io.mailrouter.sqs;

import io.mailrouter.EmailServiceClosedException;
import io.mailrouter.Note;
import io.mailrouter.RecipientResult;
import io.mailrouter.RoutePlan;
import io.mailrouter.SendResult;
import io.mailrouter.Skipped;
import io.mailrouter.Trail;
import io.mailrouter.email.Email;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One consumer's email service: one provider behind a breaker, and the real store of keys in memory, which all consumers
 * share. A send is two steps, so that others run and consumers crash between the claim of its key and its end.
 */
final class SimulatedService implements Sending, Availability {

    private static final Duration WITHIN = Duration.ofMillis(50);
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final Simulation world;
    private final SimulatedConsumer owner;
    private final EmailServiceClosedException closed;
    private @Nullable Call current;
    private boolean open;
    private long openUntil;
    private boolean bound = true;
    private boolean isClosed;

    /** One send under way. */
    static final class Call {
        final String messageId;
        private @Nullable Claim claim;
        private @Nullable Ticket ticket;
        private boolean ended;

        Call(String messageId) {
            this.messageId = messageId;
        }

        boolean hasEnded() {
            return ended;
        }
    }

    SimulatedService(Simulation world, SimulatedConsumer owner, EmailServiceClosedException closed) {
        this.world = world;
        this.owner = owner;
        this.closed = closed;
    }

    /** Names the send whose next step the next call is. */
    void resume(Call call) {
        current = call;
    }

    /** Keeps the key of a send that is under way. */
    void renew(Call call) {
        Ticket ticket = call.ticket;
        if (ticket != null && call.claim instanceof Claim.Granted) {
            world.store().ifPresent(store -> store.renew(ticket, WITHIN));
        }
    }

    /** The first time claims the key, and leaves by the exception without which the thread would block here. */
    @Override
    public SendResult trySend(Email email) {
        Call call = current;
        if (call == null) {
            throw new IllegalStateException("a send that no step began");
        }
        if (call.claim == null) {
            if (world.strikes()) {
                call.ended = true;
                throw new IllegalStateException("made up");
            }
            if (isClosed) {
                call.ended = true;
                throw closed;
            }
            call.claim = claim(call, email);
            throw closed;
        }
        call.ended = true;
        SendResult result = call.claim instanceof Claim.Granted ? send(call, email) : known(call.claim);
        world.ledger().answered(call.messageId, result);
        return result;
    }

    private Claim claim(Call call, Email email) {
        world.ledger().keyed(call.messageId, email.idempotencyKey());
        Optional<IdempotencyStore> store = world.store();
        if (store.isEmpty()) {
            return new Claim.Granted();
        }
        Ticket ticket = new Ticket(email.idempotencyKey(), email.subject(), "o" + world.next(), LEASE);
        call.ticket = ticket;
        Claim claim = world.has(Flaw.FORGETFUL_STORE)
                ? new Claim.Granted()
                : store.get().begin(ticket, WITHIN);
        world.note(() -> owner + " claims the key of " + call.messageId + ": "
                + claim.getClass().getSimpleName());
        return claim;
    }

    private SendResult known(Claim claim) {
        if (claim instanceof Claim.Busy busy) {
            return notSent("in_flight_elsewhere", world.instant().plus(busy.left()), trail());
        }
        if (!(claim instanceof Claim.Settled settled)) {
            return new SendResult.Rejected("", "key_reused", "", trail());
        }
        Trail trail =
                new Trail("r", List.of(), List.of(), List.of(), Set.of(Note.REPEATED), RoutePlan.none(), Duration.ZERO);
        Settlement settlement = settled.settlement();
        return switch (settlement.state()) {
            case SENT ->
                settlement.code().equals("partial")
                        ? new SendResult.PartlyAccepted("p", "", List.of(), trail)
                        : new SendResult.Accepted("p", "", trail);
            case REFUSED -> new SendResult.Rejected("p", settlement.code(), "", trail);
            case AMBIGUOUS -> new SendResult.Unknown("p", settlement.code(), "", trail);
            case NOT_SENT, IN_FLIGHT -> throw new IllegalStateException("a new ticket was told " + settlement);
        };
    }

    /** Asks the provider, and settles; a crash may come before, between and after. */
    private SendResult send(Call call, Email email) {
        if (open && openUntil - world.nanos() > 0) {
            Skipped skipped = new Skipped("p", Skipped.Reason.OPEN, "", Optional.empty());
            Trail trail = new Trail("r", List.of(), List.of(skipped), Duration.ZERO);
            return settled(call, notSent("no_provider", world.instant(openUntil), trail));
        }
        SendResult result = attempt(email);
        if (takes(result) && !world.has(Flaw.LYING_SERVICE)) {
            world.ledger().accepted(email.idempotencyKey(), call.messageId);
            world.mayCrash(owner);
        }
        return owner.isDead() ? result : settled(call, result);
    }

    private SendResult attempt(Email email) {
        if (email.subject().startsWith("stale")) {
            return new SendResult.Expired(Instant.EPOCH, trail());
        }
        if (world.isDown()) {
            if (open || world.random().nextInt(3) == 0) {
                open = true;
                openUntil = world.nanos() + Duration.ofSeconds(5).toNanos();
            }
            Outcome refused = new Outcome.Unavailable("refused", "");
            return notSent("refused", world.instant().plusSeconds(1), trail(refused));
        }
        open = false;
        if (email.subject().startsWith("refused")) {
            return new SendResult.Rejected("p", "http_400", "", trail(new Outcome.Rejected("http_400", "")));
        }
        if (!world.strikes()) {
            return new SendResult.Accepted("p", "m", trail(new Outcome.Accepted("m")));
        }
        return switch (world.random().nextInt(4)) {
            case 0 -> new SendResult.Unknown("p", "reset_sent", "", trail(new Outcome.Unknown("reset_sent", "")));
            case 1 -> new SendResult.Unknown("p", "reset", "", trail(new Outcome.Unknown("reset", "")));
            case 2 -> new SendResult.PartlyAccepted("p", "m", List.<RecipientResult>of(), trail());
            default -> {
                Duration pause = Duration.ofSeconds(world.random().nextInt(40));
                Outcome throttled = new Outcome.Throttled("throttled", "", Optional.of(pause));
                yield notSent("throttled", world.instant().plus(pause), trail(throttled));
            }
        };
    }

    /** Says whether the provider has it now, whatever it said. */
    private static boolean takes(SendResult result) {
        return result instanceof SendResult.Accepted
                || result instanceof SendResult.PartlyAccepted
                || (result instanceof SendResult.Unknown unknown
                        && unknown.code().equals("reset_sent"));
    }

    private SendResult settled(Call call, SendResult result) {
        Ticket ticket = call.ticket;
        if (ticket != null) {
            KeyState state = state(result);
            String code = result instanceof SendResult.PartlyAccepted ? "partial" : result.word();
            world.store().ifPresent(store -> store.settle(ticket, Settlement.of(state, "p", "m", code), WITHIN));
        }
        world.note(() -> owner + " has sent " + call.messageId + ": " + result.word());
        return result;
    }

    private static KeyState state(SendResult result) {
        if (result instanceof SendResult.Accepted || result instanceof SendResult.PartlyAccepted) {
            return KeyState.SENT;
        }
        if (result instanceof SendResult.Unknown) {
            return KeyState.AMBIGUOUS;
        }
        return result instanceof SendResult.Rejected ? KeyState.REFUSED : KeyState.NOT_SENT;
    }

    private static SendResult notSent(String code, Instant retryAt, Trail trail) {
        return new SendResult.NotSent(code, "", Optional.of(retryAt), trail);
    }

    private static Trail trail(Outcome... outcomes) {
        List<Attempt> attempts =
                outcomes.length == 0 ? List.of() : List.of(new Attempt("p", 1, outcomes[0], Duration.ZERO));
        return new Trail("r", attempts, List.of(), Duration.ZERO);
    }

    @Override
    public boolean noneUsable() {
        return open;
    }

    void close() {
        isClosed = true;
    }

    /** Says whether to tell how many emails are taken, or that there is no bound. */
    void bound(boolean tells) {
        bound = tells;
    }

    @Override
    public int takenWithin(Duration time) {
        boolean none = !bound || open || !world.weather().rates();
        return none ? Integer.MAX_VALUE : 1 + (int) (world.instant().getEpochSecond() % 3);
    }

    @Override
    public boolean worthATry() {
        return !open || openUntil - world.nanos() <= 0;
    }

    @Override
    public Optional<Duration> nextReturn() {
        return worthATry() ? Optional.empty() : Optional.of(Duration.ofNanos(openUntil - world.nanos()));
    }
}
