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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final ReentrantLock stopping = new ReentrantLock();
    private @Nullable Totals totals;

    private Runner(Settings settings) throws IOException {
        http = new Http(settings.http());
        EmailMetrics metrics = new EmailMetrics(registry);
        emails = service(settings, metrics);
        metrics.watch(emails);
        sqs = sqsClient(settings);
        for (URI queue : settings.queues()) {
            drains.add(drain(settings, queue));
        }
    }

    private Drain drain(Settings settings, URI queue) {
        PollTrouble trouble = new PollTrouble();
        SqsEmailConsumer consumer = settings.queueUse()
                .to(SqsEmailConsumer.builder(emails, sqs, queue.toString()))
                .listener(trouble)
                .build();
        QueueMetrics.watch(registry, Queues.name(queue), consumer);
        return new Drain(Queues.name(queue), consumer, trouble);
    }

    /** Puts the parts together. Nothing is received before {@link #start()}. */
    static Runner of(Settings settings) {
        try {
            return new Runner(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "MAILROUTER_HTTP cannot be bound: " + e.getMessage() + ", e.g. 127.0.0.1:8085", e);
        }
    }

    /**
     * Starts to drain. Blocks for a few calls to each queue.
     *
     * @throws IllegalStateException when a queue cannot be drained, or when it was stopped meanwhile
     */
    void start() {
        try {
            drains.forEach(drain -> drain.consumer().start());
        } catch (RuntimeException e) {
            stop();
            throw e;
        }
        Pages pages = new Pages(emails, drains);
        http.page("/health", pages::health)
                .page("/providers", pages::providers)
                .page("/queues", pages::queues)
                .page("/metrics", () -> new Http.Page(200, "text/plain; version=0.0.4", registry.scrape()))
                .start();
        log.info(
                "Draining {} queues, pages at http://{}:{}",
                drains.size(),
                http.address().getHostString(),
                http.address().getPort());
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
                use.maxInFlight(Math.max(64, settings.queueUse().sends(settings.queues())));
            });
        }
        settings.redis().to(service);
        return service.build();
    }

    private static EmailProvider provider(Settings.ProviderSpec spec, Settings settings) {
        int sends = settings.queueUse().sends(settings.queues());
        return switch (spec.kind()) {
            case SES -> ses(spec, sends);
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

    private static EmailProvider ses(Settings.ProviderSpec spec, int sends) {
        Settings.SesUse use = spec.ses().orElseThrow();
        SesProvider.Builder ses =
                SesProvider.builder().name(spec.name()).region(use.region()).maxConnections(Math.max(64, sends));
        use.configurationSet().ifPresent(ses::configurationSet);
        return ses.build();
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
        int connections = settings.queues().size() * (settings.queueUse().concurrency() + 16);
        SqsClientBuilder builder = SqsClient.builder()
                .httpClientBuilder(
                        Apache5HttpClient.builder().maxConnections(connections).socketTimeout(LONG_POLL_AND_MORE));
        settings.region().map(Region::of).ifPresent(builder::region);
        return builder.build();
    }

    /** Waits until all queues are empty, however long that takes, and says whether they are. */
    boolean awaitDrained() {
        return drains.stream().allMatch(drain -> drain.consumer().awaitDrained(Duration.ofDays(365)));
    }

    /** Waits until a consumer has ended: by a defect, or because all were told to stop. */
    void awaitEnd() throws InterruptedException {
        while (drains.stream().allMatch(drain -> drain.consumer().isRunning())) {
            if (stopped.await(1, TimeUnit.SECONDS)) {
                return;
            }
        }
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
        stopped.countDown();
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
