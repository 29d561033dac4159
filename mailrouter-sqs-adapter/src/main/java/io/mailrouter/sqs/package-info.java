/** Drains Amazon SQS queues through an email service: a message is gone only when what it asked for has been decided. */
@NullMarked
package io.mailrouter.sqs;

import org.jspecify.annotations.NullMarked;
