package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every suppression list must do. A list's own test extends it, and only says how to make an empty list and how time
 * passes for it.
 */
@Timeout(60)
public abstract class SuppressionListContract {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final CanonicalAddress ADA = CanonicalAddress.of("ada@example.org");
    private static final CanonicalAddress BOB = CanonicalAddress.of("bob@example.org");

    private SuppressionList list;

    /** Begins without a list; each test gets its own. */
    protected SuppressionListContract() {}

    /** Returns an empty list. The contract closes it. */
    protected abstract SuppressionList list();

    /** Returns the time by the list's clock. */
    protected abstract Instant now();

    /** Lets so much time pass for the list, by its clock or, where it has none of its own, in fact. */
    protected abstract void pass(Duration time);

    /** Returns a time to test expiry with: short where time passes in fact, but longer than a few calls. 1 h by default. */
    protected Duration aWhile() {
        return Duration.ofHours(1);
    }

    @BeforeEach
    void open() {
        list = list();
    }

    @AfterEach
    void close() {
        list.close();
    }

    private Instant begin() {
        return now().truncatedTo(ChronoUnit.MILLIS);
    }

    private Suppression forGood(Reason reason) {
        return Suppression.forGood(reason, begin());
    }

    private Suppression forAWhile(Reason reason) {
        return new Suppression(reason, begin(), Optional.of(begin().plus(aWhile())));
    }

    private Map<CanonicalAddress, Suppression> found(CanonicalAddress... addresses) {
        return list.lookUp(Set.of(addresses), WITHIN);
    }

    @Test
    @DisplayName("it finds those of an email's recipients that are on it, and no others")
    void findsWhoIsOnIt() {
        list.add(ADA, forGood(Reason.HARD_BOUNCE));

        assertThat(found(ADA, BOB)).containsOnlyKeys(ADA);
        assertThat(found(BOB)).isEmpty();
    }

    @Test
    @DisplayName("it tells the reason and since when")
    void tellsTheReason() {
        for (Reason reason : Reason.values()) {
            CanonicalAddress address = CanonicalAddress.of(reason.word() + "@example.org");
            Suppression suppression = forGood(reason);
            list.add(address, suppression);

            assertThat(found(address)).containsEntry(address, suppression);
        }
    }

    @Test
    @DisplayName("upper and lower case make no difference, nor does the form of an international domain")
    void comparesCanonicalAddresses() {
        list.add(CanonicalAddress.of("Ada@Bücher.EXAMPLE"), forGood(Reason.COMPLAINT));

        assertThat(found(CanonicalAddress.of("aDA@xn--bcher-kva.example"))).hasSize(1);
    }

    @Test
    @DisplayName("what stands behind a plus sign counts, and so do dots")
    void takesNoTags() {
        list.add(ADA, forGood(Reason.UNSUBSCRIBE));

        assertThat(found(CanonicalAddress.of("ada+news@example.org"), CanonicalAddress.of("a.da@example.org")))
                .isEmpty();
    }

    @Test
    @DisplayName("a suppression ends when its time is over")
    void endsInTime() {
        list.add(ADA, forAWhile(Reason.MANUAL));
        assertThat(found(ADA)).hasSize(1);

        pass(aWhile().plus(aWhile()));

        assertThat(found(ADA)).isEmpty();
        assertThat(list.remove(ADA)).isFalse();
    }

    @Test
    @DisplayName("of two suppressions the one that lasts longer stays")
    void theLongerOneStays() {
        list.add(ADA, forAWhile(Reason.MANUAL));
        list.add(ADA, forGood(Reason.COMPLAINT));
        list.add(ADA, forAWhile(Reason.MANUAL));

        assertThat(found(ADA).values()).extracting(Suppression::reason).containsExactly(Reason.COMPLAINT);
        pass(aWhile().plus(aWhile()));
        assertThat(found(ADA)).hasSize(1);
    }

    @Test
    @DisplayName("many are added at once as they would be one by one")
    void addsMany() {
        Map<CanonicalAddress, Suppression> many = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            many.put(CanonicalAddress.of("r" + i + "@example.org"), forGood(Reason.UNSUBSCRIBE));
        }
        CanonicalAddress known = CanonicalAddress.of("r7@example.org");
        Suppression complaint = forGood(Reason.COMPLAINT);
        list.add(known, complaint);
        list.addAll(many);
        list.addAll(Map.of());

        Map<CanonicalAddress, Suppression> found = list.lookUp(many.keySet(), WITHIN);
        assertThat(found).hasSize(500).containsEntry(known, complaint);
    }

    @Test
    @DisplayName("who is taken off the list is found no more")
    void removes() {
        list.add(ADA, forGood(Reason.MANUAL));

        assertThat(list.remove(ADA)).isTrue();
        assertThat(list.remove(ADA)).isFalse();
        assertThat(found(ADA)).isEmpty();
    }

    @Test
    @DisplayName("C5 it looks up all 1,000 recipients of an email at once")
    void looksUpMany() {
        Set<CanonicalAddress> all = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            all.add(CanonicalAddress.of("r" + i + "@example.org"));
        }
        list.add(CanonicalAddress.of("r7@example.org"), forGood(Reason.OTHER));
        list.add(CanonicalAddress.of("r999@example.org"), forGood(Reason.OTHER));

        assertThat(list.lookUp(all, WITHIN)).hasSize(2);
        assertThat(list.lookUp(Set.of(), WITHIN)).isEmpty();
    }

    @Test
    @DisplayName("C11 no address is in its text")
    void tellsNothingPersonal() {
        list.add(CanonicalAddress.of("canary@example.org"), forGood(Reason.MANUAL));

        assertThat(list.toString()).doesNotContain("canary");
        assertThat(found(CanonicalAddress.of("canary@example.org")).toString()).doesNotContain("canary");
    }

    @Test
    @DisplayName("it may be closed twice")
    void closesTwice() {
        list.close();
        list.close();
    }
}
