package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BloomFilterTest {

    private static final long SEED = 20261122L;

    @Test
    void neverForgetsAndSeldomErrs() {
        System.out.println("seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        long[] members = random.longs(20_000).toArray();
        BloomFilter filter = new BloomFilter(10_000);
        for (int i = 0; i < 10_000; i++) {
            filter.add(members[i]);
        }
        double asExpected = wrongShare(filter, random);
        for (int i = 10_000; i < 20_000; i++) {
            filter.add(members[i]);
        }
        double twice = wrongShare(filter, random);

        for (long member : members) {
            assertThat(filter.mayContain(member)).isTrue();
        }
        assertThat(asExpected).isLessThan(0.001);
        assertThat(twice).isBetween(0.002, 0.02);
        assertThat(filter.bytes()).isEqualTo(25_000);
    }

    private static double wrongShare(BloomFilter filter, SplittableRandom random) {
        return random.longs(200_000).filter(filter::mayContain).count() / 200_000.0;
    }

    @Test
    void anEmptyOneContainsNothing() {
        BloomFilter filter = new BloomFilter(0);

        assertThat(new SplittableRandom(SEED).longs(1_000).filter(filter::mayContain))
                .isEmpty();
    }

    @Test
    void takesABoundedMemory() {
        assertThat(new BloomFilter(1).bytes()).isEqualTo(2_560);
    }
}
