package io.mailrouter.redis;

import java.util.Collection;
import java.util.stream.Stream;

/** The names of the fleet's keys. Those of its state share one hash tag, so that one script may touch them in a cluster. */
record FleetKeys(String namespace) {

    String nodes() {
        return prefix() + "nodes";
    }

    String sequence(String node) {
        return prefix() + "seq:" + node;
    }

    String window(String provider) {
        return prefix() + "p:" + provider + ":win";
    }

    String usage(String provider) {
        return prefix() + "p:" + provider + ":use";
    }

    String state(String provider) {
        return prefix() + "p:" + provider + ":st";
    }

    String rate(String provider) {
        return prefix() + "p:" + provider + ":rate";
    }

    /** Returns the channel on which scripts hint that something has changed; the truth is what an exchange tells. */
    String events() {
        return prefix() + "ev";
    }

    /** Returns where a key's record is; these keys spread over a cluster, for no script touches two of them. */
    String idempotency(String key) {
        return "mr:" + namespace + ":idem:{" + key + "}";
    }

    /** Returns the keys of one exchange, in the script's order. */
    String[] ofExchange(String node, Collection<String> providers) {
        return Stream.concat(
                        Stream.of(nodes(), sequence(node)),
                        providers.stream()
                                .flatMap(provider -> Stream.of(window(provider), usage(provider), state(provider))))
                .toArray(String[]::new);
    }

    private String prefix() {
        return "{mr:" + namespace + "}:";
    }
}
