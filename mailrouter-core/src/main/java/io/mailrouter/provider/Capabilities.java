package io.mailrouter.provider;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a provider can carry, and how it behaves. Decides whether it is eligible for an email before any call.
 *
 * <p>Immutable.
 */
public final class Capabilities {

    private final Set<Feature> features;
    private final Feature[] lacking;
    private final int maxRecipients;
    private final long maxBytes;
    private final boolean honoursDeadline;
    private final Optional<Duration> idempotencyWindow;
    private final List<Rule> rules;

    private record Rule(String needs, Predicate<Email> holds) {}

    private Capabilities(Builder b) {
        features = Collections.unmodifiableSet(EnumSet.copyOf(b.features));
        lacking = EnumSet.complementOf(b.features).toArray(new Feature[0]);
        maxRecipients = b.maxRecipients;
        maxBytes = b.maxBytes;
        honoursDeadline = b.honoursDeadline;
        idempotencyWindow = b.idempotencyWindow;
        rules = List.copyOf(b.rules);
    }

    /** Returns a builder: no features, 50 recipients, 10 MiB, and a deadline that is not kept, no idempotency. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns why the provider cannot carry an email whole, or nothing if it can.
     *
     * <p>The answer names the part, never its content.
     */
    public Optional<String> unfit(Email email) {
        for (Feature feature : lacking) {
            if (email.features().contains(feature)) {
                return Optional.of("cannot carry " + missing(email));
            }
        }
        if (email.recipientCount() > maxRecipients) {
            return Optional.of("takes " + maxRecipients + " recipients, not " + email.recipientCount());
        }
        if (email.encodedSize() > maxBytes) {
            return Optional.of("takes " + maxBytes + " bytes, not " + email.encodedSize());
        }
        for (Rule rule : rules) {
            if (!rule.holds.test(email)) {
                return Optional.of("needs " + rule.needs);
            }
        }
        return Optional.empty();
    }

    private Set<Feature> missing(Email email) {
        EnumSet<Feature> missing = EnumSet.copyOf(email.features());
        missing.removeAll(features);
        return missing;
    }

    /** Returns the features that the provider carries. */
    public Set<Feature> features() {
        return features;
    }

    /** Returns the most recipients of one email, to, cc and bcc together. */
    public int maxRecipients() {
        return maxRecipients;
    }

    /** Returns the most bytes of one email as {@link Email#encodedSize()} counts them. */
    public long maxBytes() {
        return maxBytes;
    }

    /** Says whether the provider ends every attempt in time by itself, so that it may run on the caller's thread. */
    public boolean honoursDeadline() {
        return honoursDeadline;
    }

    /**
     * Returns how long the service recognises a repeated request by its {@link Attempt.Context#reference()}, so that it
     * sends the email once; nothing if it does not.
     */
    public Optional<Duration> idempotencyWindow() {
        return idempotencyWindow;
    }

    /** Collects {@link Capabilities}. Not safe to share between threads. */
    public static final class Builder {

        private final EnumSet<Feature> features = EnumSet.noneOf(Feature.class);
        private int maxRecipients = 50;
        private long maxBytes = 10L << 20;
        private boolean honoursDeadline;
        private Optional<Duration> idempotencyWindow = Optional.empty();
        private final List<Rule> rules = new ArrayList<>();

        private Builder() {}

        /** Adds features that the provider carries. None by default. */
        public Builder features(Feature... carried) {
            features.addAll(List.of(carried));
            return this;
        }

        /** Sets the most recipients of one email. 50 by default. */
        public Builder maxRecipients(int count) {
            maxRecipients = Math.toIntExact(atLeastOne("maxRecipients", count));
            return this;
        }

        /** Sets the most bytes of one email. 10 MiB by default. */
        public Builder maxBytes(long bytes) {
            maxBytes = atLeastOne("maxBytes", bytes);
            return this;
        }

        /**
         * Promises that {@link EmailProvider#send} returns within {@link Attempt.Context#remaining()} and never hangs.
         * Without the promise, which is the default, attempts run on another thread, at the cost of a hop.
         */
        public Builder honoursDeadline() {
            honoursDeadline = true;
            return this;
        }

        /**
         * Promises that the provider hands {@link Attempt.Context#reference()} to the service as the request's
         * idempotency key, and that the service, asked again with the same key within this time of the first request,
         * does not send the email a second time but answers as it did at first. Only then does {@link Ambiguity#RESEND_SAME} repeat an
         * attempt. No such promise by default.
         *
         * @throws IllegalArgumentException when the time is shorter than 1 s
         */
        public Builder idempotencyWindow(Duration window) {
            if (window.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("idempotencyWindow is " + window + ": at least PT1S is needed");
            }
            idempotencyWindow = Optional.of(window);
            return this;
        }

        /**
         * Adds a rule of the provider's own.
         *
         * @param needs what an email needs, to complete the sentence "needs ..."
         * @param holds says whether an email is so; fast and without side effects
         */
        public Builder needs(String needs, Predicate<Email> holds) {
            rules.add(new Rule(needs, holds));
            return this;
        }

        /** Returns the capabilities. */
        public Capabilities build() {
            return new Capabilities(this);
        }

        private static long atLeastOne(String field, long value) {
            if (value < 1) {
                throw new IllegalArgumentException(field + " is " + value + ": at least 1 is needed");
            }
            return value;
        }
    }
}
