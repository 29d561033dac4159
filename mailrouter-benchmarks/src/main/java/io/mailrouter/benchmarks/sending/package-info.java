/** Whole sends over HTTP, from an application's values to the service's answer, beside what one would use instead. */
@NullMarked
package io.mailrouter.benchmarks.sending;

import org.jspecify.annotations.NullMarked;
