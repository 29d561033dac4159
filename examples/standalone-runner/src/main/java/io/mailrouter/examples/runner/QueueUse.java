package io.mailrouter.examples.runner;

import io.mailrouter.sqs.FifoRejected;
import io.mailrouter.sqs.FifoTransient;
import io.mailrouter.sqs.Handling;
import io.mailrouter.sqs.NoDeadLetterQueue;
import io.mailrouter.sqs.SqsEmailConsumerBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How each queue is drained. What is not set is as in the library. */
record QueueUse(
        int concurrency,
        int prefetch,
        int maxAttempts,
        Duration waitTime,
        Duration visibility,
        Duration maxLease,
        Duration backoffBase,
        Duration backoffMax,
        Duration stopTimeout,
        Handling onRejected,
        Handling onMalformed,
        Handling onStale,
        Handling onUnknown,
        Optional<String> deadLetterQueueUrl,
        NoDeadLetterQueue ifNoDeadLetterQueue,
        boolean requireKey,
        FifoUse fifo) {

    /** How the groups of FIFO queues are drained. */
    record FifoUse(FifoTransient onTransient, Duration holdFor, FifoRejected onRejected) {}

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(11);

    static QueueUse of(Environment env) {
        Duration maxLease = env.duration("MAILROUTER_MAX_LEASE", Duration.ofMinutes(10), SECOND, LONGEST);
        Duration visibility = env.seconds("MAILROUTER_VISIBILITY", Duration.ofSeconds(60), SECOND, LONGEST);
        atMost(env, "MAILROUTER_VISIBILITY", visibility, "MAILROUTER_MAX_LEASE", maxLease);
        Duration backoffBase = env.duration("MAILROUTER_BACKOFF_BASE", Duration.ofSeconds(5), SECOND, LONGEST);
        Duration backoffMax = env.duration("MAILROUTER_BACKOFF_MAX", Duration.ofMinutes(15), SECOND, LONGEST);
        atMost(env, "MAILROUTER_BACKOFF_BASE", backoffBase, "MAILROUTER_BACKOFF_MAX", backoffMax);
        return new QueueUse(
                env.number("MAILROUTER_CONCURRENCY", 16, 1, 1_000),
                env.number("MAILROUTER_PREFETCH", 10, 0, 1_000),
                env.number("MAILROUTER_MAX_ATTEMPTS", 8, 1, 1_000),
                env.seconds("MAILROUTER_WAIT_TIME", Duration.ofSeconds(10), SECOND, Duration.ofSeconds(20)),
                visibility,
                maxLease,
                backoffBase,
                backoffMax,
                env.duration("MAILROUTER_STOP_TIMEOUT", Duration.ofSeconds(25), Duration.ZERO, Duration.ofHours(1)),
                handling(env, "MAILROUTER_ON_REJECTED", Handling.DEAD_LETTER),
                handling(env, "MAILROUTER_ON_MALFORMED", Handling.DEAD_LETTER),
                handling(env, "MAILROUTER_ON_STALE", Handling.DELETE),
                handling(env, "MAILROUTER_ON_UNKNOWN", Handling.DEAD_LETTER),
                deadLetterQueueUrl(env),
                env.choice(
                        "MAILROUTER_IF_NO_DEAD_LETTER_QUEUE",
                        NoDeadLetterQueue.FAIL,
                        Map.of(
                                "fail", NoDeadLetterQueue.FAIL,
                                "delete", NoDeadLetterQueue.DELETE_AND_EVENT,
                                "keep", NoDeadLetterQueue.KEEP)),
                env.choice("MAILROUTER_REQUIRE_KEY", false, Map.of("true", true, "false", false)),
                fifo(env));
    }

    private static FifoUse fifo(Environment env) {
        return new FifoUse(
                env.choice(
                        "MAILROUTER_FIFO_ON_TRANSIENT",
                        FifoTransient.HOLD,
                        Map.of("hold", FifoTransient.HOLD, "release", FifoTransient.RELEASE)),
                env.duration("MAILROUTER_FIFO_HOLD_FOR", Duration.ofSeconds(60), SECOND, Duration.ofHours(1)),
                env.choice(
                        "MAILROUTER_FIFO_ON_REJECTED",
                        FifoRejected.CONTINUE,
                        Map.of("continue", FifoRejected.CONTINUE, "block", FifoRejected.BLOCK)));
    }

    private static Handling handling(Environment env, String name, Handling unset) {
        return env.choice(name, unset, Map.of("dead-letter", Handling.DEAD_LETTER, "delete", Handling.DELETE));
    }

    static Optional<String> deadLetterQueueUrl(Environment env) {
        String name = "MAILROUTER_DEAD_LETTER_QUEUE_URL";
        Optional<URI> url = env.text(name).isEmpty()
                ? Optional.empty()
                : Optional.of(env.uri(
                        name,
                        "https://sqs.eu-west-1.amazonaws.com",
                        "https://sqs.eu-west-1.amazonaws.com/123456789012/emails-dead"));
        if (url.filter(uri -> env.list("MAILROUTER_QUEUE_URL").contains(uri.toString()))
                .isPresent()) {
            env.problem(name + " is a queue of MAILROUTER_QUEUE_URL: name another, e.g."
                    + " https://sqs.eu-west-1.amazonaws.com/123456789012/emails-dead");
        }
        boolean fifo = url.filter(uri -> uri.getPath().endsWith(".fifo")).isPresent();
        if (url.isPresent()
                && env.list("MAILROUTER_QUEUE_URL").stream().anyMatch(queue -> queue.endsWith(".fifo") != fifo)) {
            env.problem(
                    name + " must be a FIFO queue for FIFO queues and a standard queue for others: start a runner for"
                            + " each kind, e.g. https://sqs.eu-west-1.amazonaws.com/123456789012/emails-dead.fifo");
        }
        return url.map(URI::toString);
    }

    private static void atMost(Environment env, String name, Duration value, String limitName, Duration limit) {
        if (value.compareTo(limit) > 0) {
            env.problem(name + " is longer than " + limitName + ", which is " + Environment.brief(limit) + ", e.g. "
                    + name + "=" + Environment.brief(limit));
        }
    }

    /** Returns how many sends there may be at a time, at all queues together. */
    int sends(List<URI> queues) {
        return concurrency * queues.size();
    }

    /** Tells a consumer. */
    SqsEmailConsumerBuilder to(SqsEmailConsumerBuilder consumer) {
        deadLetterQueueUrl.ifPresent(consumer::deadLetterQueue);
        return consumer.concurrency(concurrency)
                .prefetch(prefetch)
                .maxAttempts(maxAttempts)
                .waitTime(waitTime)
                .visibility(visibility)
                .maxLease(maxLease)
                .backoffBase(backoffBase)
                .backoffMax(backoffMax)
                .stopTimeout(stopTimeout)
                .onRejected(onRejected)
                .onMalformed(onMalformed)
                .onStale(onStale)
                .onUnknown(onUnknown)
                .ifNoDeadLetterQueue(ifNoDeadLetterQueue)
                .requireExplicitKey(requireKey)
                .fifoOnTransient(fifo.onTransient())
                .fifoHoldFor(fifo.holdFor())
                .fifoOnRejected(fifo.onRejected());
    }
}
