package io.mailrouter.examples.runner;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.event.EmailListener;
import io.mailrouter.micrometer.EmailMetrics;
import io.mailrouter.micrometer.QueueMetrics;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.sendgrid.SendGridProvider;
import io.mailrouter.ses.SesProvider;
import io.mailrouter.smtp.SmtpProvider;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.mailrouter.sqs.StopReport;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    /** The consumers have waited for their sends by then, as long as the stop time-out allows. */
    private static final Duration AFTER_THE_CONSUMERS = Duration.ofSeconds(2);

    private static final Duration LONG_POLL_AND_MORE = Duration.ofSeconds(35);

    private final EmailService emails;
    private final SqsClient sqs;
    private final List<Drain> drains = new ArrayList<>();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Http http;
    private final ReentrantLock stopping = new ReentrantLock();
    private @Nullable Totals totals;

    /** A queue's name with its consumer. */
    record Drain(String queue, SqsEmailConsumer consumer) {}

    private Runner(Settings settings) throws IOException {
        http = new Http(settings.http());
        EmailMetrics metrics = new EmailMetrics(registry);
        emails = service(settings, metrics);
        metrics.watch(emails);
        sqs = sqsClient(settings);
        for (URI queue : settings.queues()) {
            SqsEmailConsumer consumer = consumer(settings, queue);
            QueueMetrics.watch(registry, name(queue), consumer);
            drains.add(new Drain(name(queue), consumer));
        }
    }

    /** Starts to drain. */
    static Runner start(Settings settings) {
        Runner runner;
        try {
            runner = new Runner(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "MAILROUTER_HTTP cannot be bound: " + e.getMessage() + ", e.g. 127.0.0.1:8085", e);
        }
        try {
            runner.drains.forEach(drain -> drain.consumer().start());
        } catch (RuntimeException e) {
            runner.stop();
            throw e;
        }
        Pages pages = new Pages(runner.emails, runner.drains);
        runner.http
                .page("/health", pages::health)
                .page("/providers", pages::providers)
                .page("/metrics", () -> new Http.Page(200, "text/plain; version=0.0.4", runner.registry.scrape()))
                .start();
        log.info(
                "Draining {} queues, pages at http://{}:{}",
                runner.drains.size(),
                runner.http.address().getHostString(),
                runner.http.address().getPort());
        return runner;
    }

    static EmailService service(Settings settings, EmailListener listener) {
        EmailServiceBuilder service = EmailService.builder()
                .routing(settings.routing())
                .deadline(settings.deadline())
                .onAmbiguity(settings.ambiguity())
                .closeTimeout(AFTER_THE_CONSUMERS)
                .disabled(settings.disabled().toArray(String[]::new))
                .listener(listener);
        for (Settings.ProviderSpec spec : settings.providers()) {
            service.provider(provider(spec, settings), use -> {
                spec.use().to(use);
                use.maxInFlight(
                        Math.max(64, settings.concurrency() * settings.queues().size()));
            });
        }
        settings.redis().to(service);
        return service.build();
    }

    private static EmailProvider provider(Settings.ProviderSpec spec, Settings settings) {
        int sends = settings.concurrency() * settings.queues().size();
        return switch (spec.kind()) {
            case SES ->
                SesProvider.builder()
                        .name(spec.name())
                        .region(spec.region().orElseThrow())
                        .maxConnections(Math.max(64, sends))
                        .build();
            case SENDGRID ->
                SendGridProvider.builder()
                        .name(spec.name())
                        .apiKey(spec.access().secret().orElseThrow())
                        .endpoint(spec.access().endpoint().orElseThrow())
                        .maxConnections(Math.max(64, sends))
                        .build();
            case SMTP -> smtp(spec, sends);
        };
    }

    private static EmailProvider smtp(Settings.ProviderSpec spec, int sends) {
        SmtpProvider.Builder smtp = SmtpProvider.builder()
                .name(spec.name())
                .url(spec.access().endpoint().orElseThrow())
                .maxConnections(sends);
        spec.access()
                .username()
                .ifPresent(
                        username -> smtp.login(username, spec.access().secret().orElseThrow()));
        return smtp.build();
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
                .stopTimeout(settings.stopTimeout())
                .build();
    }

    private static String name(URI queue) {
        return queue.getPath().substring(queue.getPath().lastIndexOf('/') + 1);
    }

    /** Waits until all queues are empty, however long that takes, and says whether they are. */
    boolean awaitDrained() {
        return drains.stream().allMatch(drain -> drain.consumer().awaitDrained(Duration.ofDays(365)));
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
        List<CompletableFuture<Totals.Queue>> stops = drains.stream()
                .map(drain -> CompletableFuture.supplyAsync(
                        () -> stop(drain), task -> new Thread(task, "mailrouter-stop").start()))
                .toList();
        List<Totals.Queue> queues = stops.stream().map(CompletableFuture::join).toList();
        Totals sum = new Totals(queues, emails.providers());
        emails.close();
        sqs.close();
        http.close();
        registry.close();
        return sum;
    }

    private static Totals.Queue stop(Drain drain) {
        StopReport report = drain.consumer().stop();
        return new Totals.Queue(drain.queue(), drain.consumer().stats(), report);
    }
}
