package io.mailrouter.redis;

import io.mailrouter.health.Order;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An operator's order as it stands in Redis.
 *
 * @param epoch the server's time in milliseconds at which it was given, which ranks it among others of its topic; 0 while
 *     the server does not know it
 * @param age how long ago it was given
 * @param left how long it still counts; zero or less when it has ended
 */
record SharedOrder(long epoch, Duration age, Duration left, Order.Kind kind, double weight, String reason) {

    /** A reason may hold what Unicode takes for a line end. */
    private static final Pattern TEXT = Pattern.compile(
            "(\\d{1,15}) (\\d{1,15}) (\\d{1,15}) ([a-z_]+)(?:=([0-9.Ee+-]{1,32}))? (.*)", Pattern.DOTALL);

    /** The same order, given again or heard of twice, ends at the same moment but for the time on the wire. */
    private static final Duration SAME_END = Duration.ofSeconds(2);

    static SharedOrder of(Order order, long epoch, long nanoTime) {
        return new SharedOrder(
                epoch,
                Duration.ofNanos(nanoTime - order.since()),
                Duration.ofNanos(order.until() - nanoTime),
                order.kind(),
                order.weight(),
                order.reason());
    }

    /** Reads what the script answers; nothing where this version does not know such an order. */
    static Optional<SharedOrder> parse(String text) {
        Matcher words = TEXT.matcher(text);
        if (!words.matches()) {
            return Optional.empty();
        }
        try {
            Order.Kind kind = Order.Kind.valueOf(words.group(4).toUpperCase(Locale.ROOT));
            double weight = kind == Order.Kind.WEIGHT ? Double.parseDouble(words.group(5)) : 1;
            SharedOrder order = new SharedOrder(
                    Long.parseLong(words.group(1)),
                    Duration.ofMillis(Long.parseLong(words.group(2))),
                    Duration.ofMillis(Long.parseLong(words.group(3))),
                    kind,
                    weight,
                    words.group(6));
            // An order checks itself.
            order.order(0);
            return Optional.of(order);
        } catch (IllegalArgumentException | NullPointerException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** Returns it as the script reads it. */
    String argument() {
        String word = kind.name().toLowerCase(Locale.ROOT) + (kind == Order.Kind.WEIGHT ? "=" + weight : "");
        return epoch + " " + millis(age) + " " + millis(left) + " " + word + " " + reason;
    }

    private static long millis(Duration time) {
        return Math.max(0, time.toMillis());
    }

    Order order(long nanoTime) {
        return new Order(kind, weight, reason, nanoTime - age.toNanos(), nanoTime + left.toNanos());
    }

    /** Says whether this is an order that the node knows already. */
    boolean isSameAs(Order order, long nanoTime) {
        Duration apart = Duration.ofNanos(order.until() - nanoTime).minus(left).abs();
        return kind == order.kind()
                && Double.compare(weight, order.weight()) == 0
                && reason.equals(order.reason())
                && apart.compareTo(SAME_END) < 0;
    }
}
