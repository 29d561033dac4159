package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Nodes that send at a steady rate, and what came of it. */
final class SimulationRun {

    /** Longer than any run, in seconds. */
    static final long NEVER = 1_000_000;

    private static final Email EMAIL = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .text("hello")
            .build();

    private final Simulation world;
    private final Duration lasting;
    private final Map<SimulatedProvider, Consumer<ProviderSettings>> providers = new LinkedHashMap<>();
    private final List<Consumer<EmailServiceBuilder>> settings = new ArrayList<>();
    private final List<EmailService> services = new ArrayList<>();
    private final Queue<EmailEvent.ProviderStateChanged> changes = new ConcurrentLinkedQueue<>();
    final List<Sent> sends = new ArrayList<>();
    final List<Tried> attempts = new ArrayList<>();
    private boolean shares;

    /** One send: when it began, how long it took, what it came to, and after how many attempts. */
    record Sent(Duration at, Duration took, SendResult result) {
        int attempts() {
            return result.trail().attempts().size();
        }

        boolean paid() {
            return result.trail().attempts().stream().anyMatch(a -> hasFailed(a.outcome()));
        }
    }

    /** One attempt, and when it began. */
    record Tried(Duration at, String provider, Outcome outcome) {
        boolean failed() {
            return hasFailed(outcome);
        }
    }

    SimulationRun(Simulation world, Duration lasting) {
        this.world = world;
        this.lasting = lasting;
    }

    private static boolean hasFailed(Outcome outcome) {
        return !(outcome instanceof Outcome.Accepted);
    }

    Duration lasting() {
        return lasting;
    }

    List<String> providers() {
        return providers.keySet().stream().map(SimulatedProvider::name).toList();
    }

    SimulationRun provider(SimulatedProvider provider) {
        return provider(provider, p -> {});
    }

    SimulationRun provider(SimulatedProvider provider, Consumer<ProviderSettings> use) {
        providers.put(provider, use);
        return this;
    }

    SimulationRun with(Consumer<EmailServiceBuilder> change) {
        settings.add(change);
        return this;
    }

    /** Lets the nodes share what they learn. */
    SimulationRun sharing() {
        shares = true;
        return this;
    }

    /** Runs so many nodes, each of which begins one send in every such time, somewhere in it. */
    SimulationRun run(int nodes, Duration every) throws InterruptedException {
        SimulatedFleet fleet = new SimulatedFleet(world, lasting);
        for (int node = 0; node < nodes; node++) {
            SimulatedChance chance = new SimulatedChance(1_000_003L * (node + 1));
            EmailServiceBuilder builder = EmailService.builder()
                    .time(world.time())
                    .random(chance)
                    .pause(world::sleep)
                    .maxWaitingEvents(1_000_000)
                    .listener(this::note);
            providers.forEach(builder::provider);
            if (shares) {
                builder.fleet(fleet.join(new SimulatedChance(7L * (node + 1))));
            }
            settings.forEach(change -> change.accept(builder));
            EmailService service = builder.build();
            services.add(service);
            planNext(service, new SimulatedChance(31L * (node + 1)), 0, every.toNanos());
        }
        world.run();
        services.forEach(EmailService::close);
        return this;
    }

    private void note(EmailEvent event) {
        if (event instanceof EmailEvent.ProviderStateChanged change) {
            changes.add(change);
        }
    }

    private void planNext(EmailService service, SimulatedChance chance, long slot, long nanos) {
        if (slot < lasting.toNanos()) {
            world.at(slot + chance.nextLong(nanos), () -> {
                planNext(service, chance, slot + nanos, nanos);
                send(service);
            });
        }
    }

    private void send(EmailService service) {
        Duration at = world.passed();
        SendResult result = service.trySend(EMAIL);
        sends.add(new Sent(at, world.passed().minus(at), result));
        Duration begun = world.passed();
        List<Attempt> made = result.trail().attempts();
        for (int i = made.size() - 1; i >= 0; i--) {
            Attempt attempt = made.get(i);
            begun = begun.minus(attempt.elapsed());
            attempts.add(new Tried(begun, attempt.provider(), attempt.outcome()));
        }
    }

    /** Returns the sends that began in a time. */
    List<Sent> sends(Duration from, Duration to) {
        return sends.stream().filter(s -> isWithin(s.at, from, to)).toList();
    }

    /** Returns how many attempts of a kind began in a time. */
    long attempts(Duration from, Duration to, Predicate<Tried> kind) {
        return attempts.stream()
                .filter(t -> isWithin(t.at, from, to) && kind.test(t))
                .count();
    }

    private static boolean isWithin(Duration at, Duration from, Duration to) {
        return at.compareTo(from) >= 0 && at.compareTo(to) < 0;
    }

    /** Returns how long 99 of 100 sends took at most that were accepted, in milliseconds; 0 without any. */
    long p99(Duration from, Duration to) {
        long[] millis = sends(from, to).stream()
                .filter(s -> s.result instanceof SendResult.Accepted)
                .mapToLong(s -> s.took.toMillis())
                .toArray();
        Arrays.sort(millis);
        return millis.length == 0 ? 0 : millis[(millis.length * 99 - 1) / 100];
    }

    /** Returns the share of a provider in the accepted attempts that began in a time, in percent. */
    long share(String provider, Duration from, Duration to) {
        long all = attempts(from, to, t -> !t.failed());
        long own = attempts(from, to, t -> !t.failed() && t.provider.equals(provider));
        return all == 0 ? 0 : Math.round(100.0 * own / all);
    }

    long unsent() {
        return unsent(sends);
    }

    private static long unsent(List<Sent> some) {
        return some.stream()
                .filter(s -> !(s.result instanceof SendResult.Accepted))
                .count();
    }

    /** Returns how many sends took longer than a second. */
    long slow() {
        return sends.stream()
                .filter(s -> s.took.compareTo(Duration.ofSeconds(1)) > 0)
                .count();
    }

    /** Returns after how many seconds a provider has for five seconds at least half of what it had in the first minute. */
    long back(String provider, Duration since) {
        long before = share(provider, Duration.ofSeconds(10), Duration.ofSeconds(60));
        return first(since, at -> 2 * share(provider, at, at.plusSeconds(5)) >= before);
    }

    /** Returns after how many seconds 99 of 100 sends of five seconds are accepted. */
    long wellAgain(Duration since) {
        return first(since, at -> {
            List<Sent> some = sends(at, at.plusSeconds(5));
            return 100 * unsent(some) <= some.size();
        });
    }

    private long first(Duration since, Predicate<Duration> holds) {
        for (int second = 0; since.plusSeconds(second + 5).compareTo(lasting) <= 0; second++) {
            if (holds.test(since.plusSeconds(second))) {
                return second;
            }
        }
        return NEVER;
    }

    /** Returns how often a provider came into a state, on all nodes together. */
    long changes(String provider, String state) {
        return changes.stream()
                .filter(c -> c.provider().equals(provider) && c.to().equals(state))
                .count();
    }
}
