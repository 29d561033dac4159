package io.mailrouter.redis;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.ProviderSettings;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * A service of a node.
 *
 * @param emails the service
 * @param fleet what its part of the fleet knows
 * @param changes how often a provider has changed its state
 * @param suppression whom it leaves out, if it looks
 */
record NodeService(
        EmailService emails, Supplier<FleetSnapshot> fleet, LongAdder changes, Optional<SuppressionList> suppression)
        implements AutoCloseable {

    private static final Secret SECRET = Secret.of("known to every node of the test");

    /**
     * Opens a service.
     *
     * @param words {@code provider=name,rate:5,daily:100,instant}, {@code fleet}, {@code uri} and so on; see the code
     */
    static NodeService open(String node, int referee, Words words) {
        LongAdder changes = new LongAdder();
        EmailServiceBuilder builder = EmailService.builder()
                .listener(event -> {
                    if (event instanceof EmailEvent.ProviderStateChanged) {
                        changes.increment();
                    }
                })
                .routing(words.text("routing").equals("turns") ? Routing.roundRobin() : Routing.inOrder())
                .deadline(words.millis("deadline", 10_000))
                .maxWait(words.millis("maxWait", 10_000))
                .closeTimeout(Duration.ofSeconds(2))
                .breaker(breaker ->
                        breaker.openFor(words.millis("openFor", 10_000), words.millis("maxOpenFor", 300_000)));
        for (String text : words.all("provider")) {
            Words provider = Words.of(text.split(","));
            String name = provider.text("name");
            builder.provider(provider(name, node, referee, provider), use -> limit(use, provider));
        }
        if (words.has("clock")) {
            Duration ahead = words.millis("clock", 0);
            builder.time(() -> Instant.now().plus(ahead), System::nanoTime);
        }
        if (!words.has("uri")) {
            return new NodeService(builder.build(), FleetSnapshot::none, changes, Optional.empty());
        }
        RedisFleet fleet = RedisFleet.builder()
                .uri(words.text("uri"))
                .namespace(words.text("fleet"))
                .node(node)
                .syncEvery(words.millis("sync", 200))
                .timeout(words.millis("timeout", 1_000))
                .build();
        Optional<SuppressionList> list = Optional.empty();
        if (words.has("suppressing")) {
            list = Optional.of(fleet.suppressionList(SECRET));
            builder.suppression(list.get());
        }
        if (words.has("lease")) {
            builder.idempotency(
                    fleet.idempotencyStore(),
                    keys -> keys.lease(words.millis("lease", 0)).storeTime(words.millis("storeTime", 2_000)));
        }
        return new NodeService(builder.fleet(fleet).build(), fleet::snapshot, changes, list);
    }

    private static EmailProvider provider(String name, String node, int referee, Words provider) {
        return provider.has("instant") ? new InstantProvider(name) : new RefereeProvider(name, node, referee);
    }

    private static void limit(ProviderSettings use, Words provider) {
        if (provider.has("rate")) {
            use.rate(provider.number("rate"));
        }
        if (provider.has("daily")) {
            use.dailyQuota(provider.number("daily"));
        }
    }

    /** Leaves out an address from now on. Returns whether the list has taken it. */
    boolean suppress(String address) {
        try {
            suppression
                    .orElseThrow()
                    .add(CanonicalAddress.of(address), Suppression.forGood(Suppression.Reason.OTHER, Instant.now()));
            return true;
        } catch (RuntimeException away) {
            return false;
        }
    }

    FleetSnapshot snapshot() {
        return fleet.get();
    }

    @Override
    public void close() {
        emails.close();
    }
}
