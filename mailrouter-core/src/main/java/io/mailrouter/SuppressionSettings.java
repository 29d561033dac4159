package io.mailrouter;

import io.mailrouter.email.StoreFailure;
import java.time.Duration;

/** How a service uses its suppression list. Not safe to share between threads. */
public final class SuppressionSettings {

    private Duration lookUpTime = Duration.ofMillis(50);
    private StoreFailure onListFailure = StoreFailure.SEND;

    SuppressionSettings() {}

    /** Sets how long one look-up may take before the list counts as not available. 50 ms by default. */
    public SuppressionSettings lookUpTime(Duration value) {
        lookUpTime = Range.positive("suppression lookUpTime", value);
        return this;
    }

    /**
     * Says what happens to an email while the list is not available. {@link StoreFailure#SEND} by default; choose
     * {@link StoreFailure#HOLD} where an email to somebody who asked for none is worse than a late one. No email has a say
     * in it: its own {@link io.mailrouter.email.EmailBuilder#onStoreFailure} is about its key.
     */
    public SuppressionSettings onListFailure(StoreFailure value) {
        onListFailure = value;
        return this;
    }

    Duration lookUpTime() {
        return lookUpTime;
    }

    StoreFailure onListFailure() {
        return onListFailure;
    }
}
