package io.mailrouter.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetHold;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Order;
import io.mailrouter.health.Signal;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.limit.SharedLimits;
import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.SuppressionList;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fleet that meets in Redis (6.2 or later, or Valkey).
 *
 * <p>Each node counts for itself and about once a second exchanges what it has counted for what all have counted, on a
 * thread of this fleet's own. Nothing else touches the network: no method blocks but {@link #close()}, and none throws
 * because Redis is away, slow, wiped or holds garbage. Then the node goes on with what it knows itself, one warning is
 * logged, and it joins again by itself; what was counted meanwhile is shared then, once.
 *
 * <p>What a breaker has found, and how long a provider has asked to be held, is told as soon as it happens; the others hear
 * of it with their next exchange. When two nodes' breakers have opened within ten seconds, all nodes leave the provider
 * alone, one of them tries it again, and all use it again when that has passed.
 *
 * <p>With an ACL, its user needs no more than the command in {@code io/mailrouter/redis/acl-user.txt} of this jar allows.
 *
 * <p>The application builds it; handed to an {@code EmailService}, the service closes it. All threads are daemons.
 */
public final class RedisFleet implements Fleet, SharedLimits {

    private static final Logger LOG = LoggerFactory.getLogger(RedisFleet.class);

    private final FleetSettings settings;
    private final Map<String, Tally> tallies = new ConcurrentHashMap<>();
    private final Redis redis;
    private final Unreadable unreadable;
    private final FleetSync sync;
    private final LimitScripts limits;
    private final Thread thread;

    private RedisFleet(FleetSettings settings) {
        this.settings = settings;
        this.unreadable = new Unreadable(LOG, settings.where(), System::nanoTime);
        Alarm alarm = new Alarm(settings.random());
        this.redis = new Redis(alarm);
        this.sync = new FleetSync(settings, tallies, redis, alarm);
        this.limits = new LimitScripts(redis, settings, unreadable);
        this.thread = new Thread(sync, "mailrouter-redis-sync");
        this.thread.setDaemon(true);
    }

    /**
     * Joins the fleet that meets in this Redis, with the defaults of {@link Builder}. Returns at once, whether Redis is
     * there or not.
     *
     * @param uri such as {@code redis://localhost:6379} or {@code rediss://user:password@host:6379/0}
     * @throws IllegalArgumentException when the URI is malformed; never repeats it
     */
    public static RedisFleet connect(String uri) {
        return builder().uri(uri).build();
    }

    /** Begins a fleet. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns a store for {@code EmailService.builder().idempotency(...)} that all nodes of this fleet share, with the
     * defaults of {@link Retention}.
     *
     * <p>It uses this fleet's connection, and fails at once while there is none, so close it before the fleet, as an {@code
     * EmailService} does that is given both. A Redis that evicts keys, or fails over before it has copied them, forgets
     * what was sent: set its {@code maxmemory-policy} to {@code noeviction}.
     */
    public IdempotencyStore idempotencyStore() {
        return idempotencyStore(keep -> {});
    }

    /** Returns a store as {@link #idempotencyStore()} does, and says how long it keeps what it knows. */
    public IdempotencyStore idempotencyStore(Consumer<Retention> keep) {
        Retention retention = new Retention();
        keep.accept(retention);
        Refusals refusals = new Refusals(LOG, settings.where(), System::nanoTime);
        return new RedisIdempotencyStore(redis, sync::begun, settings.keys(), retention, unreadable, refusals);
    }

    /**
     * Returns the suppression list of this fleet, which {@link SuppressionListSettings} describes, with the defaults.
     * Returns at once, whether Redis is there or not. Close it before the fleet, as an {@code EmailService} does.
     *
     * @param key what addresses are hashed with: at least 16 bytes, secret, and the same on all nodes for ever
     * @throws IllegalArgumentException when the key is too short
     */
    public SuppressionList suppressionList(Secret key) {
        return suppressionList(key, settings -> {});
    }

    /** Returns a list as {@link #suppressionList(Secret)} does, and says how this node follows it. */
    public SuppressionList suppressionList(Secret key, Consumer<SuppressionListSettings> change) {
        SuppressionListSettings chosen = new SuppressionListSettings();
        change.accept(chosen);
        return RedisSuppressionList.following(new KeyedHash(key), chosen, settings, redis, sync, unreadable);
    }

    @Override
    public void register(String provider) {
        tally(provider);
    }

    @Override
    public void record(String provider, Signal signal, Duration elapsed, int recipients) {
        tally(provider).record(signal, elapsed, recipients);
    }

    @Override
    public CompletionStage<Optional<QuotaGrant>> lease(String provider, QuotaRequest request) {
        return sync.begun().thenCompose(done -> limits.lease(provider, request));
    }

    @Override
    public void used(String provider, long recipients) {
        tally(provider).used(recipients);
    }

    @Override
    public void giveBack(String provider, QuotaGrant grant, long recipients) {
        tally(provider).giveBack(grant.hour(), recipients);
    }

    @Override
    public CompletionStage<Optional<TurnGrant>> turns(String provider, TurnRequest request) {
        return sync.begun().thenCompose(done -> limits.turns(provider, request));
    }

    @Override
    public void order(String provider, Order order) {
        tally(provider);
        sync.order(provider, order);
    }

    @Override
    public void circuit(String provider, CircuitNews news) {
        tally(provider);
        sync.circuit(provider, news);
    }

    @Override
    public void hold(String provider, FleetHold hold) {
        tally(provider);
        sync.hold(provider, hold);
    }

    @Override
    public FleetSnapshot snapshot() {
        return sync.snapshot();
    }

    /**
     * Shares what is left and frees all that was opened. Blocks for a few time-outs at most, whether Redis is there or
     * not; later calls find nothing to do. When interrupted, returns at once with the flag set and lets the end go on.
     */
    @Override
    public void close() {
        sync.end();
        try {
            thread.join(settings.timeout().multipliedBy(6).plusSeconds(6).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns where this fleet meets and who this node is. */
    @Override
    public String toString() {
        return "RedisFleet[" + settings.where() + ", " + settings.keys().namespace() + ", " + settings.node() + "]";
    }

    /** Returns how many values at our keys could not be read so far. */
    long ignored() {
        return sync.ignored() + unreadable.count();
    }

    private Tally tally(String provider) {
        Tally tally = tallies.get(provider);
        return tally != null ? tally : tallies.computeIfAbsent(provider, name -> new Tally());
    }

    /** What a fleet may be told. Not safe to share between threads. */
    public static final class Builder {

        private RedisAddress address = RedisAddress.parse("redis://localhost:6379");
        private boolean placed;
        private @Nullable Secret password;
        private @Nullable Secret sentinelPassword;
        private @Nullable Path trusted;
        private String namespace = "default";
        private String node = "node";
        private Duration syncEvery = Duration.ofSeconds(1);
        private Duration timeout = Duration.ofMillis(250);
        private Duration nodeExpiry = Duration.ofSeconds(15);
        private RandomGenerator random = new SplittableRandom();
        private @Nullable UserClient client;

        private Builder() {}

        /**
         * Says where Redis is; {@code redis://localhost:6379} if not said. One of
         *
         * <ul>
         *   <li>{@code redis://host:6379/0}, a server;
         *   <li>{@code redis-sentinel://host:26379,host:26379,host:26379/0#main}, the master that the sentinels know as
         *       {@code main};
         *   <li>{@code redis-cluster://host:6379,host:6379,host:6379}, a cluster, of which some nodes are named.
         * </ul>
         *
         * <p>{@code rediss://}, {@code rediss-sentinel://} and {@code rediss-cluster://} mean TLS for every connection,
         * with each server's certificate and name verified always. Ports and database may be left out; before the hosts
         * {@code user:password@} or {@code :password@} may stand, of the servers and not of the sentinels, with special
         * characters percent-encoded.
         *
         * @throws IllegalArgumentException when it is malformed; never repeats it
         */
        public Builder uri(String uri) {
            this.address = RedisAddress.parse(uri);
            this.placed = true;
            return this;
        }

        /**
         * Says where Redis is.
         *
         * @throws IllegalArgumentException when it is malformed; never repeats it
         * @see #uri(String)
         */
        public Builder uri(URI uri) {
            return uri(uri.toString());
        }

        /** Sets the password; none if not said. Not to be given together with one in the URI. */
        public Builder password(Secret password) {
            this.password = password;
            return this;
        }

        /** Sets the password of the sentinels; none if not said. */
        public Builder sentinelPassword(Secret sentinelPassword) {
            this.sentinelPassword = sentinelPassword;
            return this;
        }

        /**
         * Uses a client of the application instead of one of our own, with connections of its own. The client is never
         * closed here, and says itself how it logs in and whom it trusts.
         *
         * <p>What is counted must not be counted twice, so a client that would send a command again after a reconnect, or
         * keep it until then, is refused, and so is one that would queue without bound.
         *
         * @param uri of a server, or with sentinels
         * @throws IllegalArgumentException when the client's options are not {@code autoReconnect(false)}, or else
         *     {@code replayFilter(command -> true)} with {@code REJECT_COMMANDS}, or set no {@code requestQueueSize};
         *     never repeats the URI
         */
        public Builder client(RedisClient client, RedisURI uri) {
            this.client = UserClient.of(client, uri);
            return this;
        }

        /**
         * Uses a client of the application for a cluster.
         *
         * @throws IllegalArgumentException as with the other
         * @see #client(RedisClient, RedisURI)
         */
        public Builder client(RedisClusterClient client) {
            this.client = UserClient.of(client);
            return this;
        }

        /**
         * Sets whom to trust with {@code rediss://}, instead of the authorities that the JVM trusts.
         *
         * @param pem a file of certificates in PEM
         * @throws IllegalArgumentException when the file cannot be read or holds no certificate
         */
        public Builder trustedCertificates(Path pem) {
            this.trusted = Checked.certificates("trustedCertificates", pem);
            return this;
        }

        /**
         * Sets the name of the fleet; {@code default} if not said. Fleets with different names know nothing of each
         * other.
         *
         * @throws IllegalArgumentException when it is not 1 to 64 letters, digits, dots, hyphens or underscores
         */
        public Builder namespace(String namespace) {
            this.namespace = Checked.word("namespace", namespace);
            return this;
        }

        /**
         * Sets what operators call this node; {@code node} if not said. Random characters are added to it, for a node
         * that starts again is another one.
         *
         * @throws IllegalArgumentException when it is not 1 to 64 letters, digits, dots, hyphens or underscores
         */
        public Builder node(String node) {
            this.node = Checked.word("node", node);
            return this;
        }

        /**
         * Sets how often this node exchanges, give or take 20 %; 1 s if not said.
         *
         * @throws IllegalArgumentException when it is not 100 ms to 5 s
         */
        public Builder syncEvery(Duration syncEvery) {
            this.syncEvery = Checked.between("syncEvery", syncEvery, Duration.ofMillis(100), Duration.ofSeconds(5));
            return this;
        }

        /**
         * Sets how long an exchange waits for an answer; 250 ms if not said. No send ever waits for it.
         *
         * @throws IllegalArgumentException when it is not 10 ms to 5 s
         */
        public Builder timeout(Duration timeout) {
            this.timeout = Checked.between("timeout", timeout, Duration.ofMillis(10), Duration.ofSeconds(5));
            return this;
        }

        /** Sets after how long a node that says nothing is taken for dead. */
        Builder nodeExpiry(Duration nodeExpiry) {
            this.nodeExpiry = nodeExpiry;
            return this;
        }

        /** Sets where the jitter comes from. */
        Builder random(RandomGenerator random) {
            this.random = random;
            return this;
        }

        /**
         * Returns the fleet, which joins in the background from now on. Does not wait for Redis.
         *
         * @throws IllegalArgumentException when a password is given twice, or something that a client of the application
         *     or a server without sentinels has no use for
         */
        public RedisFleet build() {
            if (password != null && address.password().isPresent()) {
                throw new IllegalArgumentException("password is given twice: once as such and once in uri");
            }
            if (client != null && (placed || password != null || sentinelPassword != null || trusted != null)) {
                throw new IllegalArgumentException(
                        "client is given, so uri, password, sentinelPassword and trustedCertificates are not used");
            }
            if (sentinelPassword != null && address.kind() != RedisAddress.Kind.SENTINEL) {
                throw new IllegalArgumentException("sentinelPassword is given, but uri names no sentinels");
            }
            RedisAddress place = password == null ? address : address.withPassword(password);
            Optional<Secret> toSentinels = Optional.ofNullable(sentinelPassword);
            Optional<Path> certificates = Optional.ofNullable(trusted);
            RedisFleet fleet = new RedisFleet(new FleetSettings(
                    client == null ? place.toString() : client.where(),
                    client == null ? () -> new OwnClient(place, toSentinels, certificates) : client::connector,
                    new FleetKeys(namespace),
                    node + "-" + UUID.randomUUID().toString().substring(0, 8),
                    syncEvery,
                    timeout,
                    nodeExpiry,
                    random));
            fleet.thread.start();
            return fleet;
        }
    }
}
