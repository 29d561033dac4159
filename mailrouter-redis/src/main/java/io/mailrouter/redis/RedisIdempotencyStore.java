package io.mailrouter.redis;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Remembers keys in Redis, for all nodes of a fleet. Each call is one script on one key, and ends within its time.
 *
 * <p>A record that cannot be read, by another's mistake or of a newer version, is an email that may have been sent: it is
 * told as {@link KeyState#AMBIGUOUS}, counted, and never granted or written to.
 */
final class RedisIdempotencyStore implements IdempotencyStore {

    private static final Settlement UNREADABLE = Settlement.of(KeyState.AMBIGUOUS, "", "", "record_unreadable");

    private final Script script = Script.named("idempotency.lua");
    private final Redis redis;
    private final Supplier<CompletableFuture<Void>> begun;
    private final FleetKeys keys;
    private final Retention retention;
    private final Unreadable unreadable;
    private final Refusals refusals;

    RedisIdempotencyStore(
            Redis redis,
            Supplier<CompletableFuture<Void>> begun,
            FleetKeys keys,
            Retention retention,
            Unreadable unreadable,
            Refusals refusals) {
        this.redis = redis;
        this.begun = begun;
        this.keys = keys;
        this.retention = retention;
        this.unreadable = unreadable;
        this.refusals = refusals;
    }

    @Override
    public Claim begin(Ticket ticket, Duration within) {
        return retake(ticket, "", within);
    }

    @Override
    public Claim retake(Ticket ticket, String owner, Duration within) {
        List<Object> answer = call(
                within,
                ticket,
                "claim",
                ticket.owner(),
                KeyText.print(ticket),
                millis(ticket.lease().plus(retention.unclear())),
                millis(ticket.lease()),
                owner);
        return switch ((String) answer.get(0)) {
            case "granted" -> new Claim.Granted(times(answer));
            case "busy" -> new Claim.Busy(Duration.ofMillis((Long) answer.get(1)));
            case "conflict" -> new Claim.Conflict();
            case "settled" -> settled(answer);
            default -> unreadable();
        };
    }

    private static int times(List<Object> answer) {
        return (int) Math.min(Integer.MAX_VALUE, (Long) answer.get(1));
    }

    private List<Object> call(Duration within, Ticket ticket, String... words) {
        try {
            return redis.call(script, within, key(ticket), words);
        } catch (RedisAwayException away) {
            refusals.note("idempotency store", away);
            throw away;
        }
    }

    private Claim settled(List<Object> answer) {
        List<String> words = new ArrayList<>();
        answer.subList(1, 7).forEach(word -> words.add((String) word));
        return KeyText.others(words.get(4))
                .<Claim>map(others -> new Claim.Settled(
                        new Settlement(
                                KeyState.valueOf(words.get(0)), words.get(1), words.get(2), words.get(3), others),
                        words.get(5),
                        Duration.ofMillis((Long) answer.get(7))))
                .orElseGet(this::unreadable);
    }

    private Claim unreadable() {
        unreadable.found("a record of an idempotency key");
        return new Claim.Settled(UNREADABLE, "", Duration.ZERO);
    }

    @Override
    public boolean renew(Ticket ticket, Duration within) {
        return done(call(
                within,
                ticket,
                "renew",
                ticket.owner(),
                KeyText.print(ticket),
                millis(ticket.lease().plus(retention.unclear())),
                millis(ticket.lease())));
    }

    @Override
    public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
        return done(call(within, ticket, end(ticket, settlement)));
    }

    @Override
    public CompletableFuture<Boolean> settleAsync(Ticket ticket, Settlement settlement, Duration within) {
        return redis.ask(script, within, key(ticket), end(ticket, settlement)).thenApply(this::done);
    }

    private String[] end(Ticket ticket, Settlement settlement) {
        boolean sent = settlement.state() == KeyState.SENT;
        return new String[] {
            "settle",
            ticket.owner(),
            KeyText.print(ticket),
            millis(sent ? retention.sent() : retention.unclear()),
            settlement.state().name(),
            settlement.provider(),
            settlement.messageId(),
            settlement.code(),
            KeyText.of(settlement.others())
        };
    }

    private boolean done(List<Object> answer) {
        if (answer.get(0).equals("unreadable")) {
            unreadable.found("a record of an idempotency key");
        }
        return answer.get(0).equals("done");
    }

    private String[] key(Ticket ticket) {
        return new String[] {keys.idempotency(ticket.key())};
    }

    private static String millis(Duration time) {
        return Long.toString(Math.max(1, time.toMillis()));
    }

    @Override
    public CompletableFuture<Void> begun() {
        return begun.get();
    }

    @Override
    public boolean isReachable() {
        return redis.isReachable();
    }

    /** Says yes: no call waits for Redis longer than it is told, nor for a connection. */
    @Override
    public boolean honoursBudget() {
        return true;
    }

    /** Does nothing: the connection is the fleet's. */
    @Override
    public void close() {}

    /** Returns the namespace only. */
    @Override
    public String toString() {
        return "RedisIdempotencyStore[" + keys.namespace() + "]";
    }
}
