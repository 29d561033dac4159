/** What is remembered of the keys under which emails are sent once. */
@NullMarked
package io.mailrouter.idempotency;

import org.jspecify.annotations.NullMarked;
