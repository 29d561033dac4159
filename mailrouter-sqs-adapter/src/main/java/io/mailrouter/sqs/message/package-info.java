/** What a queue's messages look like, and how they are read. */
@NullMarked
package io.mailrouter.sqs.message;

import org.jspecify.annotations.NullMarked;
