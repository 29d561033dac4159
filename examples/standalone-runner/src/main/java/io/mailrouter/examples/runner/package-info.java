/** A process that drains SQS queues through the providers that its environment names. */
@NullMarked
package io.mailrouter.examples.runner;

import org.jspecify.annotations.NullMarked;
