package io.mailrouter.redis;

/**
 * A set of hashes that may say yes where no would be right, and never the other way round. To be filled by one thread
 * and then published; it does not change any more.
 *
 * <p>Twice as large as what it was made for needs: then one no in 5,000 is a yes, and one in 100 once twice as many are
 * in it (20 bits each, 7 of them set).
 */
final class BloomFilter {

    private static final int BITS_EACH = 20;
    private static final int HASHES = 7;
    private static final int LEAST = 1_024;

    /** 256 MB, for 100,000,000 hashes; with more than that it says yes more often. */
    private static final long MOST_BITS = 1L << 31;

    private final long[] words;

    BloomFilter(long expected) {
        long bits = Math.min(MOST_BITS, Math.max(LEAST, expected) * BITS_EACH);
        this.words = new long[(int) ((bits + Long.SIZE - 1) / Long.SIZE)];
    }

    void add(long hash) {
        for (int i = 0; i < HASHES; i++) {
            long bit = bit(hash, i);
            words[(int) (bit >>> 6)] |= 1L << bit;
        }
    }

    boolean mayContain(long hash) {
        for (int i = 0; i < HASHES; i++) {
            long bit = bit(hash, i);
            if ((words[(int) (bit >>> 6)] & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }

    /** The hashes are random in all their bits, so two halves of one are two hashes (Kirsch and Mitzenmacher). */
    private long bit(long hash, int i) {
        long step = hash >>> 32 | 1;
        return ((hash & 0xFFFF_FFFFL) + i * step) % ((long) words.length * Long.SIZE);
    }

    /** Returns how many bytes it takes. */
    long bytes() {
        return (long) words.length * Long.BYTES;
    }
}
