package io.mailrouter.sqs;

import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * What all invocations of a handler share.
 *
 * @param concurrency how many messages of one invocation are worked on at a time
 * @param timeOfASend how long one send may take at most
 * @param requireExplicitKey whether a message is malformed whose producer has named no key
 * @param queues the queue of an ARN
 */
record LambdaWorkplace(
        int concurrency,
        Duration timeOfASend,
        Policy policy,
        boolean requireExplicitKey,
        EmailMessages messages,
        Sending sending,
        Availability availability,
        Function<String, LambdaQueue> queues,
        Executor threads,
        Events events,
        Surroundings around) {}
