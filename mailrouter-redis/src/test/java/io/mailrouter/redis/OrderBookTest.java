package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.health.Order;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderBookTest {

    private long now = 1_000_000_000L;
    private final OrderBook book = new OrderBook(() -> now);

    private Order disabled(Duration expiry) {
        return new Order(Order.Kind.DISABLED, 1, "incident 42", now, now + expiry.toNanos());
    }

    @Test
    void anOrderIsToldUntilTheStoreHasIt() {
        book.add("ses", disabled(Duration.ofMinutes(5)));
        Map<OrderBook.Slot, OrderBook.Entry> told = book.waiting();

        assertThat(told).hasSize(1);
        assertThat(book.hasMoreThan(Map.of())).isTrue();
        assertThat(book.hasMoreThan(told)).isFalse();
    }

    @Test
    @DisplayName("R1 an order that has ended before the store could be told asks for no exchange after another")
    void anOrderThatHasEndedIsNotWorthAnExchange() {
        book.add("ses", disabled(Duration.ofMinutes(5)));
        now += Duration.ofMinutes(6).toNanos();
        Map<OrderBook.Slot, OrderBook.Entry> told = book.waiting();

        assertThat(told).isEmpty();
        assertThat(book.hasMoreThan(told)).isFalse();
    }

    @Test
    @DisplayName("R1 T13 after an order that had ended before the store could be told the node obeys others again")
    void anOrderThatHasEndedHidesNone() {
        OrderBook.Slot slot = new OrderBook.Slot("ses", Order.Topic.USE);
        book.add("ses", disabled(Duration.ofMinutes(5)));
        SharedOrder elsewhere = SharedOrder.of(
                new Order(Order.Kind.FORCED_OPEN, 1, "brown-out", now, now + 3_600_000_000_000L), 7, now);
        book.hear(List.of("ses"), Map.of(), Map.of(slot, elsewhere));
        assertThat(book.orders().get("ses")).extracting(Order::reason).containsExactly("incident 42");

        now += Duration.ofMinutes(6).toNanos();
        book.hear(List.of("ses"), book.waiting(), Map.of(slot, elsewhere));
        assertThat(book.orders().get("ses")).extracting(Order::reason).containsExactly("brown-out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "Störung – 事故", "two\u2028lines", "two\u2029lines", "x\uD83D\uDEA8", "  spaced  "})
    @DisplayName("T13 every reason that an order may have arrives as it was given")
    void everyReasonArrives(String reason) {
        Order order = new Order(Order.Kind.DISABLED, 1, reason, now, now + 1_000_000_000L);
        String there = SharedOrder.of(order, 7, now).argument();

        assertThat(SharedOrder.parse(there)).map(SharedOrder::reason).isEqualTo(Optional.of(reason));
    }
}
