package io.mailrouter.benchmarks.sending;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sesv2.model.SesV2Exception;

/**
 * What a team would write in place of the library: a call of SES inside resilience4j's bulkhead, rate limiter, breaker and
 * retry, timed by Micrometer, and a catch that goes on to SendGrid. The breaker judges 20 calls, as the library's does.
 *
 * <p>As such code does, it takes every exception for a failure that another service may mend: after a timeout it sends
 * what SES may have taken.
 */
final class Glue implements Sending {

    private static final int RATE = 1_000_000;

    private final SesV2Client ses;
    private final Sending sendGrid;
    private final Timer sesTimer;
    private final Timer sendGridTimer;
    private final Bulkhead bulkhead;
    private final RateLimiter rate;
    private final CircuitBreaker breaker;
    private final Retry retry;

    Glue(URI endpoint, Duration timeout) {
        MeterRegistry meters = new SimpleMeterRegistry();
        ses = Ses.limitedClient(endpoint, timeout);
        sendGrid = SendGridJava.pooled(endpoint, timeout);
        sesTimer = meters.timer("emails", "provider", "ses");
        sendGridTimer = meters.timer("emails", "provider", "sendgrid");
        bulkhead = Bulkhead.of(
                "ses", BulkheadConfig.custom().maxConcurrentCalls(Pool.SIZE).build());
        rate = RateLimiter.of(
                "ses",
                RateLimiterConfig.custom()
                        .limitForPeriod(RATE)
                        .limitRefreshPeriod(Duration.ofSeconds(1))
                        .timeoutDuration(Duration.ofSeconds(1))
                        .build());
        breaker = CircuitBreaker.of(
                "ses",
                CircuitBreakerConfig.custom()
                        .slidingWindowSize(20)
                        .minimumNumberOfCalls(10)
                        .waitDurationInOpenState(Duration.ofSeconds(10))
                        .build());
        retry = Retry.of(
                "ses",
                RetryConfig.custom()
                        .maxAttempts(2)
                        .waitDuration(Duration.ofMillis(50))
                        .retryOnException(Glue::isWorthARetry)
                        .build());
    }

    private static boolean isWorthARetry(Throwable failure) {
        return failure instanceof SesV2Exception answer
                ? answer.statusCode() >= 500
                : failure instanceof SdkClientException;
    }

    @Override
    public void send(Letter letter) throws Exception {
        try {
            sesTimer.recordCallable(() -> {
                guarded(() -> ses.sendEmail(Ses.request(letter)));
                return letter;
            });
        } catch (Exception e) {
            sendGridTimer.recordCallable(() -> {
                sendGrid.send(letter);
                return letter;
            });
        }
    }

    private void guarded(Runnable call) {
        Runnable limited = RateLimiter.decorateRunnable(rate, Bulkhead.decorateRunnable(bulkhead, call));
        Retry.decorateRunnable(retry, CircuitBreaker.decorateRunnable(breaker, limited))
                .run();
    }

    @Override
    public void close() {
        ses.close();
        sendGrid.close();
    }
}
