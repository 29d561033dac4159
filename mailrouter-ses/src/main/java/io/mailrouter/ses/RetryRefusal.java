package io.mailrouter.ses;

import java.util.Optional;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.services.sesv2.SesV2Client;

/** Refuses clients that repeat a request by themselves. */
final class RetryRefusal {

    private RetryRefusal() {}

    static void check(SesV2Client client) {
        ClientOverrideConfiguration configuration =
                client.serviceClientConfiguration().overrideConfiguration();
        Optional<Integer> attempts = configuration.retryStrategy().map(strategy -> strategy.maxAttempts());
        if (attempts.isEmpty() || attempts.get() > 1) {
            throw new IllegalArgumentException("client would send an email up to "
                    + attempts.map(String::valueOf).orElse("several")
                    + " times by itself: build it with overrideConfiguration(o ->"
                    + " o.retryStrategy(AwsRetryStrategy.doNotRetry()))");
        }
    }
}
