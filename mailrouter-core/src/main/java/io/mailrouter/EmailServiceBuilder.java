package io.mailrouter;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.event.EmailListener;
import io.mailrouter.event.SendTracer;
import io.mailrouter.health.Fleet;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Collects what a service is made of. Not safe to share between threads. */
public final class EmailServiceBuilder {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    final Map<EmailProvider, ProviderSettings> providers = new LinkedHashMap<>();
    private final Set<String> names = new LinkedHashSet<>();
    final Set<String> disabled = new LinkedHashSet<>();
    final List<EmailListener> listeners = new ArrayList<>();

    @Nullable
    SendTracer tracer;

    final BreakerSettings breaker = new BreakerSettings();
    Routing routing = Routing.latencyAware();

    @Nullable
    Fleet fleet;

    @Nullable
    IdempotencyStore idempotency;

    final IdempotencySettings idempotencySettings = new IdempotencySettings();

    @Nullable
    SuppressionList suppression;

    final SuppressionSettings suppressionSettings = new SuppressionSettings();

    @Nullable
    ExecutorService executor;

    Duration deadline = Duration.ofSeconds(30);
    int maxAttempts = 3;
    Ambiguity ambiguity = Ambiguity.STOP;
    Duration minAttemptTime = Duration.ofSeconds(5);
    Duration maxWait = Duration.ofDays(1);
    double failoverPercent = 20;
    double failoversPerSecond = 10;
    Duration probing = Duration.ofMinutes(15);
    Duration closeTimeout = Duration.ofSeconds(30);
    int maxQueued = 10_000;
    int maxWaitingEvents = 10_000;
    Time time = Time.system();
    RandomGenerator random = new Random();
    Pause pause = wait -> TimeUnit.NANOSECONDS.sleep(wait.toNanos());
    Beat beat = Threads::beat;

    EmailServiceBuilder() {}

    /** Adds a provider. At least one is needed; the order counts for {@link Routing#inOrder()}, and where all else is equal. */
    public EmailServiceBuilder provider(EmailProvider provider) {
        return provider(provider, settings -> {});
    }

    /**
     * Adds a provider and says how it is used.
     *
     * @throws IllegalArgumentException when its name is malformed or taken
     */
    public EmailServiceBuilder provider(EmailProvider provider, Consumer<ProviderSettings> use) {
        String name = provider.name();
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("provider name '" + name
                    + "' is malformed: lower-case letters, digits and hyphens are needed, at most 63");
        }
        if (!names.add(name)) {
            throw new IllegalArgumentException("provider name '" + name + "' is taken: names must be unique");
        }
        ProviderSettings settings = new ProviderSettings();
        use.accept(settings);
        providers.put(provider, settings);
        return this;
    }

    /**
     * Switches providers off from the start and without an end, on this node only. {@link Operations#enable} on this node
     * ends it. Nobody by default.
     *
     * @param names of providers of this service, not of all of them: {@link #build} checks
     */
    public EmailServiceBuilder disabled(String... names) {
        disabled.addAll(List.of(names));
        return this;
    }

    Set<String> names() {
        return names;
    }

    /** Sets the strategy. {@link Routing#latencyAware()} by default. */
    public EmailServiceBuilder routing(Routing strategy) {
        routing = strategy;
        return this;
    }

    /** Shares what is learnt with other nodes. By default a service knows only what it sees itself. */
    public EmailServiceBuilder fleet(Fleet shared) {
        fleet = shared;
        return this;
    }

    /** Sends the emails of one idempotency key once, as far as the store reaches. By default keys are not looked at. */
    public EmailServiceBuilder idempotency(IdempotencyStore store) {
        return idempotency(store, settings -> {});
    }

    /** Sends the emails of one idempotency key once, and says how the store is used. */
    public EmailServiceBuilder idempotency(IdempotencyStore store, Consumer<IdempotencySettings> use) {
        idempotency = store;
        use.accept(idempotencySettings);
        return this;
    }

    /** Leaves out recipients that are on the list. By default everyone is sent to. */
    public EmailServiceBuilder suppression(SuppressionList list) {
        return suppression(list, settings -> {});
    }

    /** Leaves out recipients that are on the list, and says how the list is used. */
    public EmailServiceBuilder suppression(SuppressionList list, Consumer<SuppressionSettings> use) {
        suppression = list;
        use.accept(suppressionSettings);
        return this;
    }

    /** Adds a listener. It hears events on a thread of its own. */
    public EmailServiceBuilder listener(EmailListener listener) {
        listeners.add(listener);
        return this;
    }

    /** Follows sends and attempts as spans of a trace, on the threads that make them. Nothing follows them by default. */
    public EmailServiceBuilder tracer(SendTracer value) {
        tracer = value;
        return this;
    }

    /**
     * Sets how many events may wait for each listener. Those that find no room are lost to it; {@link
     * EmailService#lostEvents()} counts them. 10,000 by default.
     */
    public EmailServiceBuilder maxWaitingEvents(int events) {
        maxWaitingEvents = Range.within("maxWaitingEvents", events, 1, 10_000_000);
        return this;
    }

    /** Changes when a provider is left alone after failures; see {@link BreakerSettings} for the defaults. */
    public EmailServiceBuilder breaker(Consumer<BreakerSettings> change) {
        change.accept(breaker);
        return this;
    }

    /** Sets how long one send may take, all attempts together. 30 s by default. */
    public EmailServiceBuilder deadline(Duration value) {
        deadline = Range.positive("deadline", value);
        return this;
    }

    /**
     * Sets how many attempts one send may make: one per provider, and with {@link Ambiguity#RESEND_SAME} the repeated
     * ones. 3 by default.
     */
    public EmailServiceBuilder maxAttempts(int attempts) {
        maxAttempts = Range.within("maxAttempts", attempts, 1, 1_000);
        return this;
    }

    /**
     * Sets how much time must be left for a further attempt to begin. 5 s by default, and never more than a quarter
     * of the deadline.
     */
    public EmailServiceBuilder minAttemptTime(Duration value) {
        minAttemptTime = Range.positive("minAttemptTime", value);
        return this;
    }

    /**
     * Sets how long one send may wait in all where every provider that could take the email is closed for a moment only: by
     * its rate, by as many attempts as it may have, or by a pause of at most 500 ms that it asked for. Those who wait first
     * go first. By default it may wait as long as its deadline leaves time for an attempt afterwards; zero for not at all.
     */
    public EmailServiceBuilder maxWait(Duration value) {
        maxWait = Range.notNegative("maxWait", value);
        return this;
    }

    /**
     * Sets how many attempts may follow a first one that failed, over all sends: so many percent of the sends, and so many
     * in a second besides. What is not used is saved up for ten seconds. Without any left a send ends as not sent after its
     * first attempt. 20 % and 10 by default; 0 to 1,000 % and 0 to 1,000,000.
     */
    public EmailServiceBuilder failoverBudget(double percent, double perSecond) {
        failoverPercent = Range.within("failoverBudget percent", percent, 0, 1_000);
        failoversPerSecond = Range.within("failoverBudget perSecond", perSecond, 0, 1_000_000);
        return this;
    }

    /**
     * Sets how long after a good answer the providers that tell the limits of their accounts (see {@link
     * EmailProvider#probe()}) are asked again; chance takes up to a quarter off. They are asked for the first time soon
     * after the service is built, and after any other answer in at most 4 min. 15 min by default, 1 s to a day.
     */
    public EmailServiceBuilder probing(Duration pause) {
        probing = Range.within("probing", pause, Duration.ofSeconds(1));
        return this;
    }

    /**
     * Says what to do when nobody can tell whether an email was accepted that does not say so itself. {@link
     * Ambiguity#STOP} by default.
     */
    public EmailServiceBuilder onAmbiguity(Ambiguity value) {
        ambiguity = value;
        return this;
    }

    /**
     * Sets how long {@link EmailService#close()} waits for sends and calls under way before it interrupts them. 30 s by
     * default.
     */
    public EmailServiceBuilder closeTimeout(Duration value) {
        closeTimeout = Range.notNegative("closeTimeout", value);
        return this;
    }

    /** Sets how many sends may wait in {@link EmailService#sendAsync} for their turn. 10,000 by default. */
    public EmailServiceBuilder maxQueued(int sends) {
        maxQueued = Range.within("maxQueued", sends, 0, 10_000_000);
        return this;
    }

    /**
     * Runs {@link EmailService#sendAsync} and attempts of providers that do not keep the deadline themselves on
     * this executor, which the service does not close. A send holds its thread while such an attempt waits
     * for another, so leave room for both. By default the service has threads of its own.
     */
    public EmailServiceBuilder executor(ExecutorService value) {
        executor = value;
        return this;
    }

    /** What one provider may have under way: with more, a burst would spill over to one that only stands by. */
    int sendsAtOnce() {
        return providers.values().stream()
                .mapToInt(ProviderSettings::maxInFlight)
                .max()
                .orElse(1);
    }

    /** What all providers together may have under way. */
    long attemptsAtOnce() {
        return providers.values().stream()
                .mapToLong(ProviderSettings::maxInFlight)
                .sum();
    }

    /**
     * Sets the clocks, for tests. What a service waits for it waits for in real time all the same. By default those of
     * the system.
     *
     * @param clock tells people when
     * @param nanoTime decides: a monotonic clock in nanoseconds
     */
    public EmailServiceBuilder time(InstantSource clock, LongSupplier nanoTime) {
        return time(new Time(clock, nanoTime));
    }

    EmailServiceBuilder time(Time value) {
        time = value;
        return this;
    }

    EmailServiceBuilder pause(Pause value) {
        pause = value;
        return this;
    }

    EmailServiceBuilder beat(Beat value) {
        beat = value;
        return this;
    }

    /**
     * Sets the source of chance: which emails try out another provider, how pauses are spread. Many threads draw from it
     * at once, and the same seed makes the same choices in the same circumstances. A {@link Random} by default.
     */
    public EmailServiceBuilder random(RandomGenerator value) {
        random = value;
        return this;
    }

    /**
     * Returns the service.
     *
     * @throws IllegalArgumentException when it has no provider, when the routing or {@link #disabled} names one that it
     *     does not have, or when {@code disabled} names all
     */
    public EmailService build() {
        if (providers.isEmpty()) {
            throw new IllegalArgumentException("provider is missing: at least one is needed");
        }
        if (!names.containsAll(disabled)) {
            throw new IllegalArgumentException(
                    "disabled names a provider that there is not: some of " + names + " are possible");
        }
        if (disabled.containsAll(names)) {
            throw new IllegalArgumentException("disabled names every provider: one must be left to send");
        }
        for (String name : routing.names()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("routing names provider '" + name
                        + "', which the service does not have: it has " + new TreeSet<>(names));
            }
        }
        return new EmailService(this);
    }
}
