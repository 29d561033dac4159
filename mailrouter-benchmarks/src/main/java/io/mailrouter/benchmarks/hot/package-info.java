/** What each piece of a send costs by itself, in nanoseconds and bytes: no network, no services. */
@NullMarked
package io.mailrouter.benchmarks.hot;

import org.jspecify.annotations.NullMarked;
