package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.List;
import java.util.function.Function;

/**
 * Weighted rendezvous hashing: each candidate draws a number from the key and its own name, and the highest goes first.
 * The number depends on nobody else, so that who comes or goes moves only what is his.
 *
 * <p>The hash is FNV-1a over the characters with MurmurHash3's finish: for keys that nobody gains by choosing.
 */
final class Rendezvous implements Routing {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final Function<Email, String> key;

    Rendezvous(Function<Email, String> key) {
        this.key = key;
    }

    /** Returns the domain of the first recipient. */
    static String domain(Email email) {
        if (!email.to().isEmpty()) {
            return email.to().get(0).domain();
        }
        return (email.cc().isEmpty() ? email.bcc() : email.cc()).get(0).domain();
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        long seed = mixed(FNV_OFFSET, key.apply(email));
        double[] draws = new double[eligible.size()];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = draw(seed, eligible.get(i));
        }
        return Ascending.by(draws, eligible);
    }

    /** Exponentially distributed with the weight as its rate: the smallest of several is each one's with its share. */
    private static double draw(long seed, Candidate candidate) {
        long bits = finished(mixed(seed, candidate.name())) >>> 11;
        return -Math.log((bits + 0.5) * 0x1.0p-53) / candidate.weight();
    }

    private static long mixed(long seed, String text) {
        long hash = seed;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return (hash ^ 0xFF) * FNV_PRIME;
    }

    private static long finished(long hash) {
        long h = hash;
        h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return h ^ (h >>> 33);
    }
}
