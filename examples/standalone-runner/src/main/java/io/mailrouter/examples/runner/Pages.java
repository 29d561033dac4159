package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.health.ServiceHealth;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.QuotaUse;
import io.mailrouter.sqs.ConsumerStats;
import java.util.List;
import java.util.Locale;

/** What operators ask for. Answers from memory: a page never waits for a provider, a queue or Redis. */
final class Pages {

    private static final JsonMapper JSON = new JsonMapper();

    private final EmailService emails;
    private final List<Drain> drains;

    Pages(EmailService emails, List<Drain> drains) {
        this.emails = emails;
        this.drains = drains;
    }

    /**
     * UP, DEGRADED while a provider or a queue has trouble, DOWN only when the service is closed or a consumer does not
     * run any more: restarting the process would not mend a provider, and would take the others down with it.
     */
    Http.Page health() {
        ServiceHealth health = emails.health();
        boolean providersUp = health.level() == ServiceHealth.Level.UP;
        boolean queuesUp = drains.stream().allMatch(drain -> drain.state().equals("up"));
        boolean running = health.level() != ServiceHealth.Level.DOWN
                && drains.stream().allMatch(drain -> drain.consumer().isRunning());
        String status = !running ? "DOWN" : providersUp && queuesUp ? "UP" : "DEGRADED";
        ObjectNode page = JSON.createObjectNode().put("status", status);
        ObjectNode states = page.putObject("providers");
        emails.providers().forEach(p -> states.put(p.name(), p.state().word()));
        ObjectNode queues = page.putObject("queues");
        drains.forEach(drain -> queues.put(drain.queue(), drain.state()));
        page.set("troubles", troubles(health));
        return json(running ? 200 : 503, page);
    }

    private ArrayNode troubles(ServiceHealth health) {
        ArrayNode troubles = JSON.createArrayNode();
        health.troubles()
                .forEach(trouble -> troubles.addObject()
                        .put("provider", trouble.provider())
                        .put("state", trouble.state().word())
                        .put("reason", trouble.reason()));
        drains.forEach(drain -> drain.reason()
                .ifPresent(reason -> troubles.addObject()
                        .put("queue", drain.queue())
                        .put("state", drain.state())
                        .put("reason", reason)));
        return troubles;
    }

    /** Says of each queue how it stands, by its name alone: its URL holds the account. */
    Http.Page queues() {
        ArrayNode page = JSON.createArrayNode();
        for (Drain drain : drains) {
            ConsumerStats stats = drain.consumer().stats();
            ObjectNode queue = page.addObject().put("name", drain.queue()).put("state", drain.state());
            drain.reason().ifPresent(reason -> queue.put("reason", reason));
            queue.put("paused", stats.paused())
                    .put("failing", stats.failing())
                    .put("ageSeconds", stats.age().toMillis() / 1e3)
                    .put("owned", stats.owned())
                    .put("running", stats.running())
                    .put("concurrency", stats.concurrency())
                    .put("pollers", stats.pollers());
            Drain.put(queue, stats);
        }
        return json(200, page);
    }

    Http.Page providers() {
        ArrayNode page = JSON.createArrayNode();
        for (ProviderStatus status : emails.providers()) {
            ObjectNode provider = page.addObject()
                    .put("name", status.name())
                    .put("state", status.state().word())
                    .put("reason", status.reason())
                    .put("since", status.since().toString());
            status.until().ifPresent(until -> provider.put("until", until.toString()));
            provider.put("latencyMs", status.latency().toNanos() / 1e6)
                    .put("accepted", status.accepted())
                    .put("failed", status.failed())
                    .put("inFlight", status.inFlight())
                    .put("weight", status.weight());
            status.rate().ifPresent(rate -> provider.put("ratePerSecond", rate));
            status.quotas().forEach(quota -> put(provider.withArray("quotas").addObject(), quota));
            status.orders().forEach(order -> put(provider.withArray("orders").addObject(), order));
            status.holds().forEach(hold -> put(provider.withArray("holds").addObject(), hold));
            status.fleet()
                    .ifPresent(fleet -> provider.putObject("fleet")
                            .put("latencyMs", fleet.latency().toNanos() / 1e6)
                            .put("errorRate", fleet.errorRate())
                            .put("usedToday", fleet.usedToday())
                            .put("usedThisMonth", fleet.usedThisMonth()));
        }
        return json(200, page);
    }

    private static void put(ObjectNode node, StandingOrder order) {
        node.put("order", order.kind().name().toLowerCase(Locale.ROOT))
                .put("reason", order.reason())
                .put("since", order.since().toString());
        order.until().ifPresent(until -> node.put("until", until.toString()));
    }

    private static void put(ObjectNode node, QuotaUse quota) {
        node.put("window", quota.window().word()).put("limit", quota.limit()).put("left", quota.left());
        quota.resets().ifPresent(resets -> node.put("resets", resets.toString()));
    }

    private static void put(ObjectNode node, Hold hold) {
        node.put("kind", hold.kind().name().toLowerCase(Locale.ROOT))
                .put("reason", hold.code())
                .put("since", hold.since().toString())
                .put("until", hold.until().toString());
    }

    private static Http.Page json(int status, Object page) {
        return new Http.Page(status, "application/json", page + "\n");
    }
}
