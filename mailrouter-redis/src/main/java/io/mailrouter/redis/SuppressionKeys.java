package io.mailrouter.redis;

import java.util.Locale;

/**
 * The names of the suppression list's keys.
 *
 * <p>Each shard has a hash tag of its own, so that a cluster spreads them; what the nodes tell each other shares the
 * fleet's tag.
 */
record SuppressionKeys(String namespace, String events) {

    static final int SHARDS = 16;

    static SuppressionKeys of(FleetKeys fleet) {
        return new SuppressionKeys(fleet.namespace(), fleet.events());
    }

    static int shardOf(long hash) {
        return (int) (hash >>> 60);
    }

    String shard(int number) {
        return String.format(Locale.ROOT, "mr:%s:sup:{%02x}", namespace, number);
    }

    /** Returns the check of the secret, the number of changes and the last changes, in the scripts' order. */
    String[] ofNews() {
        String prefix = "{mr:" + namespace + "}:sup:";
        return new String[] {prefix + "key", prefix + "seq", prefix + "log"};
    }
}
