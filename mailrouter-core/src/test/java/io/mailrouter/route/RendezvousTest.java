package io.mailrouter.route;

import static io.mailrouter.route.StrategiesTest.candidates;
import static io.mailrouter.route.StrategiesTest.email;
import static io.mailrouter.route.StrategiesTest.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mailrouter.email.Email;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RendezvousTest {

    private static final int KEYS = 5_000;
    private static final long SEED = new Random().nextLong();
    private static final List<Email> EMAILS = emails();

    private static List<Email> emails() {
        System.out.println("seed of the keys: " + SEED);
        List<Email> emails = new ArrayList<>();
        Random random = new Random(SEED);
        for (int i = 0; i < KEYS; i++) {
            emails.add(email().routingKey(Long.toString(random.nextLong(), 36)).build());
        }
        return emails;
    }

    private static List<String> firsts(List<Candidate> eligible) {
        Routing strategy = Routing.stickyByKey();
        return EMAILS.stream()
                .map(email -> strategy.rank(email, eligible).get(0).name())
                .toList();
    }

    @Test
    void whenOneDropsOutOnlyItsOwnKeysMoveAndEachToTheNextOfItsOwnOrder() {
        List<Candidate> all = candidates("a", "b", "c", "d");
        List<Candidate> left = candidates("a", "b", "d");
        Routing strategy = Routing.stickyByKey();
        int moved = 0;
        for (Email email : EMAILS) {
            List<String> before = names(strategy.rank(email, all));
            List<String> after = names(strategy.rank(email, left));
            moved += before.get(0).equals(after.get(0)) ? 0 : 1;

            assertThat(after)
                    .as("seed " + SEED)
                    .containsExactlyElementsOf(
                            before.stream().filter(name -> !name.equals("c")).toList());
        }
        assertThat(moved).as("keys of c, seed " + SEED).isCloseTo(KEYS / 4, within(KEYS / 20));
    }

    @Test
    void whoIsAddedTakesNoMoreThanItsShare() {
        List<String> before = firsts(candidates("a", "b", "c", "d"));
        List<String> after = firsts(candidates("a", "b", "c", "d", "e"));
        int moved = 0;
        for (int i = 0; i < KEYS; i++) {
            if (!before.get(i).equals(after.get(i))) {
                moved++;
                assertThat(after.get(i)).as("seed " + SEED).isEqualTo("e");
            }
        }
        assertThat(moved).as("seed " + SEED).isCloseTo(KEYS / 5, within(KEYS / 20));
    }

    @Test
    void keysThatAreNearlyTheSameAreSpreadAsWell() {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            Email email = email().routingKey("tenant-" + i).build();
            List<Candidate> ranked = Routing.stickyByKey().rank(email, candidates("a", "b", "c"));
            counts.merge(ranked.get(0).name(), 1, Integer::sum);
        }

        assertThat(counts.values())
                .hasSize(3)
                .allSatisfy(count -> assertThat(count).isCloseTo(KEYS / 3, within(KEYS / 30)));
    }

    @Test
    void theOrderOfRegistrationDoesNotMatter() {
        assertThat(firsts(candidates("a", "b", "c"))).isEqualTo(firsts(candidates("c", "a", "b")));
    }

    @Test
    void keysAreSpreadByTheWeightsAndAChangeOfOneMovesKeysToItOrFromIt() {
        List<String> even = firsts(candidates("a", "b", "c"));
        List<String> more = firsts(List.of(
                Candidate.named("a").weight(2).build(),
                Candidate.named("b").build(),
                Candidate.named("c").build()));

        assertThat(more.stream().filter("a"::equals).count())
                .as("seed " + SEED)
                .isCloseTo(KEYS / 2, within((long) KEYS / 20));
        for (int i = 0; i < KEYS; i++) {
            if (!even.get(i).equals(more.get(i))) {
                assertThat(more.get(i)).as("seed " + SEED).isEqualTo("a");
            }
        }
    }

    @Test
    void theSameKeysGoTheSameWayInEveryVersion() {
        List<String> ways = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ways.add(Routing.stickyByKey()
                    .rank(email().routingKey("tenant-" + i).build(), candidates("ses", "sendgrid", "smtp"))
                    .get(0)
                    .name());
        }

        assertThat(String.join(" ", ways))
                .isEqualTo("ses smtp sendgrid sendgrid sendgrid ses ses ses ses ses ses smtp");
    }

    @Test
    void emailsToOneDomainStayTogetherWhoeverElseGetsThem() {
        List<Candidate> eligible = candidates("a", "b", "c", "d", "e", "f", "g", "h");
        Routing strategy = Routing.stickyByDomain();
        List<String> way = names(strategy.rank(email().to("x@example.net").build(), eligible));

        assertThat(names(strategy.rank(
                        email().routingKey("k").cc("b@example.net").build(), eligible)))
                .isEqualTo(way);
        assertThat(names(strategy.rank(copyTo("cc"), eligible)))
                .isEqualTo(names(strategy.rank(copyTo("bcc"), eligible)))
                .isNotEqualTo(way);
        assertThat(names(Routing.stickyByKey().rank(email().build(), eligible)))
                .as("without a key")
                .isEqualTo(way);
    }

    private static Email copyTo(String field) {
        var email = Email.builder().from("shop@example.com").text("hello");
        return (field.equals("cc") ? email.cc("ada@example.com") : email.bcc("ada@example.com")).build();
    }
}
