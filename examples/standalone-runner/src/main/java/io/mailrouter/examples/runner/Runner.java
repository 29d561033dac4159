package io.mailrouter.examples.runner;

import io.mailrouter.EmailService;
import io.mailrouter.micrometer.EmailMetrics;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Secret;
import io.mailrouter.redis.RedisFleet;
import io.mailrouter.sendgrid.SendGridProvider;
import io.mailrouter.ses.SesProvider;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.mailrouter.sqs.StopReport;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.SqsClientBuilder;

/** The parts of a runner, put together from its settings: a service, a consumer per queue, and pages for operators. */
final class Runner {

    private static final Logger log = LoggerFactory.getLogger(Runner.class);
    private static final Duration LONG_POLL_AND_MORE = Duration.ofSeconds(35);

    private final EmailService emails;
    private final SqsClient sqs;
    private final Map<String, SqsEmailConsumer> consumers = new LinkedHashMap<>();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Http http;
    private final ReentrantLock stopping = new ReentrantLock();
    private @Nullable Totals totals;

    private Runner(Settings settings) throws IOException {
        http = new Http(settings.http());
        EmailMetrics metrics = new EmailMetrics(registry);
        emails = service(settings, metrics);
        metrics.watch(emails);
        sqs = sqsClient(settings);
        for (URI queue : settings.queues()) {
            SqsEmailConsumer consumer = consumer(settings, queue);
            QueueMetrics.register(registry, name(queue), consumer);
            consumers.put(queue.toString(), consumer);
        }
    }

    /** Starts to drain. When that fails, nothing is left behind. */
    static Runner start(Settings settings) {
        Runner runner;
        try {
            runner = new Runner(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "MAILROUTER_HTTP cannot be bound: " + e.getMessage() + ", e.g. 127.0.0.1:8085", e);
        }
        try {
            runner.consumers.values().forEach(SqsEmailConsumer::start);
        } catch (RuntimeException e) {
            runner.stop();
            throw e;
        }
        Pages pages = new Pages(runner.emails, runner.consumers);
        runner.http
                .page("/health", pages::health)
                .page("/providers", pages::providers)
                .page("/metrics", () -> new Http.Page(200, "text/plain; version=0.0.4", runner.registry.scrape()))
                .start();
        log.info(
                "Draining {} queues, pages at http://{}:{}",
                runner.consumers.size(),
                runner.http.address().getHostString(),
                runner.http.address().getPort());
        return runner;
    }

    private static EmailService service(Settings settings, EmailMetrics metrics) {
        EmailService.Builder service = EmailService.builder()
                .routing(settings.routing())
                .deadline(settings.deadline())
                .closeTimeout(settings.stopTimeout())
                .listener(metrics);
        for (Settings.ProviderSpec spec : settings.providers()) {
            service.provider(provider(spec, settings), use -> {
                spec.timeout().ifPresent(use::timeout);
                use.senderDomains(spec.senderDomains().toArray(String[]::new));
                use.maxInFlight(Math.max(64, settings.concurrency() * settings.queues().size()));
            });
        }
        settings.redisUri().map(Secret::reveal).map(RedisFleet::connect).ifPresent(service::fleet);
        return service.build();
    }

    private static EmailProvider provider(Settings.ProviderSpec spec, Settings settings) {
        return switch (spec.kind()) {
            case SES ->
                SesProvider.builder()
                        .name(spec.name())
                        .region(spec.region().orElseThrow())
                        .maxConnections(Math.max(
                                64, settings.concurrency() * settings.queues().size()))
                        .build();
            case SENDGRID ->
                SendGridProvider.builder()
                        .name(spec.name())
                        .apiKey(spec.apiKey().orElseThrow())
                        .endpoint(spec.endpoint().orElseThrow())
                        .maxConnections(Math.max(
                                64, settings.concurrency() * settings.queues().size()))
                        .build();
        };
    }

    private static SqsClient sqsClient(Settings settings) {
        int connections = settings.queues().size() * (settings.concurrency() + 16);
        SqsClientBuilder builder = SqsClient.builder()
                .httpClientBuilder(
                        Apache5HttpClient.builder().maxConnections(connections).socketTimeout(LONG_POLL_AND_MORE));
        settings.region().map(Region::of).ifPresent(builder::region);
        return builder.build();
    }

    private SqsEmailConsumer consumer(Settings settings, URI queue) {
        return SqsEmailConsumer.builder(emails, sqs, queue.toString())
                .concurrency(settings.concurrency())
                .maxAttempts(settings.maxAttempts())
                .visibility(settings.visibility())
                .ambiguity(settings.ambiguity())
                .stopTimeout(settings.stopTimeout())
                .build();
    }

    private static String name(URI queue) {
        return queue.getPath().substring(queue.getPath().lastIndexOf('/') + 1);
    }

    /** Waits until all queues are empty, however long that takes, and says whether they are. */
    boolean awaitDrained() {
        return consumers.values().stream().allMatch(consumer -> consumer.awaitDrained(Duration.ofDays(365)));
    }

    /** Gives back or finishes what is under way, frees everything, and returns the totals. May be called twice. */
    Totals stop() {
        stopping.lock();
        try {
            if (totals == null) {
                totals = stopParts();
            }
            return totals;
        } finally {
            stopping.unlock();
        }
    }

    private Totals stopParts() {
        Map<String, CompletableFuture<StopReport>> reports = new LinkedHashMap<>();
        consumers.forEach((queue, consumer) -> reports.put(
                queue,
                CompletableFuture.supplyAsync(consumer::stop, task -> new Thread(task, "mailrouter-stop").start())));
        List<Totals.Queue> queues = new ArrayList<>();
        consumers.forEach((queue, consumer) -> queues.add(new Totals.Queue(
                name(URI.create(queue)), consumer.stats(), reports.get(queue).join())));
        Totals sum = new Totals(List.copyOf(queues), emails.providers());
        emails.close();
        sqs.close();
        http.close();
        registry.close();
        return sum;
    }
}
