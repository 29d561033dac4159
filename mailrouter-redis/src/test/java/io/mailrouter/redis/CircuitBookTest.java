package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetCircuit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CircuitBookTest {

    private static final long SERVER = 1_700_000_000_000L;

    private long now = 1_000_000_000L;
    private final CircuitBook book = new CircuitBook(() -> now, new Random(1));

    private CircuitNews news(CircuitNews.Kind kind) {
        return new CircuitNews(kind, 7, now, Duration.ofSeconds(10), Duration.ofMinutes(5), Duration.ofSeconds(30));
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private SharedCircuit circuit(long epoch, String state) {
        String text = "1 " + epoch + " " + state + " " + (SERVER - 1_000) + " " + (SERVER + 4_000) + " "
                + (SERVER + 9_000) + " 3 n7 " + (SERVER + 20_000) + " 2 n5";
        return SharedCircuit.parse(text, SERVER, now, "n7").orElseThrow();
    }

    private List<String> words() {
        return book.waiting().stream().map(CircuitBook.Note::word).toList();
    }

    @Test
    void newsWaitUntilTheyAreTold() {
        book.add("ses", news(CircuitNews.Kind.OPENED));
        pass(Duration.ofMillis(40));
        CircuitBook.Note note = book.waiting().get(0);
        assertThat(note.word()).isEqualTo("opened");
        assertThat(note.arguments().subList(0, 5)).containsExactly("7", "40", "10000", "300000", "30000");
        assertThat(Double.parseDouble(note.arguments().get(5))).isBetween(0.0, 1.0);

        book.told(note);
        assertThat(book.waiting()).isEmpty();
    }

    @Test
    void whatHappensAgainWhileItIsToldIsToldAgain() {
        book.add("ses", news(CircuitNews.Kind.WANTED));
        CircuitBook.Note note = book.waiting().get(0);
        pass(Duration.ofSeconds(1));
        book.add("ses", news(CircuitNews.Kind.WANTED));
        book.told(note);

        assertThat(words()).containsExactly("wanted");
    }

    @Test
    @DisplayName("R15 failures that nobody could be told of in ten seconds are told no more; a trial that passed is")
    void newsGoOutOfDate() {
        for (CircuitNews.Kind kind : CircuitNews.Kind.values()) {
            book.add("ses", news(kind));
        }
        pass(Duration.ofMillis(10_001));
        assertThat(words()).containsExactly("passed", "failed", "reset");
        pass(Duration.ofMinutes(1));
        assertThat(words()).containsExactly("passed", "reset");
        pass(Duration.ofHours(1));

        assertThat(words()).isEmpty();
    }

    @Test
    @DisplayName("R6 an open circuit that the store has lost is shown on, and told to it again as it was")
    void tellsWhatTheStoreHasLost() {
        book.hear(List.of("ses"), Map.of("ses", circuit(12, "open")));
        pass(Duration.ofSeconds(1));
        book.hear(List.of("ses"), Map.of());
        assertThat(book.circuits().get("ses").isOpen()).isTrue();

        CircuitBook.Note note = book.waiting().get(0);
        assertThat(note.word()).isEqualTo("known");
        assertThat(note.arguments())
                .containsExactly(
                        "12", "0", "0", "0", "0", "0", "open", "2000", "3000", "8000", "3", "n7", "19000", "2", "n5");
        book.hear(List.of("ses"), Map.of("ses", circuit(12, "open")));
        assertThat(book.waiting()).isEmpty();
    }

    @Test
    void aClosedOneThatTheStoreHasLostIsToldOnlyWhereAnOlderOneStands() {
        book.hear(List.of("ses"), Map.of("ses", circuit(12, "closed")));
        book.hear(List.of("ses"), Map.of());
        assertThat(book.waiting()).isEmpty();

        book.hear(List.of("ses"), Map.of("ses", circuit(11, "open")));
        assertThat(words()).containsExactly("known");
        assertThat(book.circuits().get("ses").isOpen()).isFalse();
    }

    @Test
    void anOperatorsNewBeginningIsSaidOnce() {
        assertThat(book.hear(List.of("ses"), Map.of("ses", circuit(12, "reset"))))
                .containsOnlyKeys("ses");
        assertThat(book.hear(List.of("ses"), Map.of("ses", circuit(12, "reset"))))
                .isEmpty();
    }

    @Test
    @DisplayName("R12 a circuit is read by the server's time, and no clock makes it last longer than it was meant to")
    void readsByTheServersTime() {
        FleetCircuit here = circuit(12, "open").circuit();
        assertThat(here.since() - now).isEqualTo(Duration.ofSeconds(-1).toNanos());
        assertThat(here.inNeedFrom() - now).isEqualTo(Duration.ofSeconds(4).toNanos());
        assertThat(here.until() - now).isEqualTo(Duration.ofSeconds(9).toNanos());
        assertThat(here.lease()).isEqualTo(FleetCircuit.Lease.HERE);
        assertThat(here.leaseUntil() - now).isEqualTo(Duration.ofSeconds(20).toNanos());

        FleetCircuit behind = SharedCircuit.parse(circuit(12, "open").text(), SERVER - 600_000, now, "n8")
                .orElseThrow()
                .circuit();
        assertThat(behind.until() - now).isEqualTo(Duration.ofSeconds(10).toNanos());
        assertThat(behind.lease()).isEqualTo(FleetCircuit.Lease.ELSEWHERE);
        assertThat(behind.leaseUntil() - now).isEqualTo(Duration.ofSeconds(30).toNanos());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "2 12 open 1 2 3 1 - 0 2 -",
                "1 12 ajar 1 2 3 1 - 0 2 -",
                "1 9999999999999999 open 1 2 3 1 - 0 2 -",
                "1 12 open 5 6 4 1 - 0 2 -",
                "1 12 open 5 4 6 1 - 0 2 -",
                "1 12 open 1 7 6 1 - 0 2 -",
                "1 12 open 1 2 86400002 1 - 0 2 -",
                "1 12 open 1 2 3 1 \u0001 0 2 -",
                "1 12 open 1 2 3 1 - 0 9999999 -"
            })
    @DisplayName("R11 what no version of ours has written is no circuit")
    void readsNoGarbage(String text) {
        assertThat(SharedCircuit.parse(text, SERVER, now, "n7")).isEmpty();
    }
}
