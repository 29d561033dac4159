package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.health.HealthState;
import io.mailrouter.sqs.ConsumerStats;
import io.mailrouter.sqs.SqsEmailConsumer;
import java.util.List;
import java.util.Map;

/** What operators ask for. Answers from memory: a page never waits for a provider, a queue or Redis. */
final class Pages {

    private static final JsonMapper JSON = new JsonMapper();

    private final EmailService emails;
    private final Map<String, SqsEmailConsumer> consumers;

    Pages(EmailService emails, Map<String, SqsEmailConsumer> consumers) {
        this.emails = emails;
        this.consumers = consumers;
    }

    /**
     * UP, DEGRADED while a provider or a queue has trouble, DOWN only when a consumer does not run any more: restarting
     * the process would not mend a provider, and would take the others down with it.
     */
    Http.Page health() {
        List<ProviderStatus> providers = emails.providers();
        boolean providersUp = providers.stream().allMatch(p -> p.state() == HealthState.UP);
        List<ConsumerStats> stats =
                consumers.values().stream().map(SqsEmailConsumer::stats).toList();
        boolean queuesUp = stats.stream().noneMatch(s -> s.failing() || s.paused());
        boolean running = consumers.values().stream().allMatch(SqsEmailConsumer::isRunning);
        String status = !running ? "DOWN" : providersUp && queuesUp ? "UP" : "DEGRADED";
        ObjectNode page = JSON.createObjectNode().put("status", status);
        ObjectNode states = page.putObject("providers");
        providers.forEach(p -> states.put(p.name(), p.state().word()));
        page.put("queues", queuesUp ? "up" : "failing or paused");
        return json(running ? 200 : 503, page);
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
                    .put("inFlight", status.inFlight());
            status.fleet()
                    .ifPresent(fleet -> provider.putObject("fleet")
                            .put("latencyMs", fleet.latency().toNanos() / 1e6)
                            .put("errorRate", fleet.errorRate())
                            .put("usedToday", fleet.usedToday())
                            .put("usedThisMonth", fleet.usedThisMonth()));
        }
        return json(200, page);
    }

    private static Http.Page json(int status, Object page) {
        return new Http.Page(status, "application/json", page + "\n");
    }
}
