/** What sends cost that are under way and wait for an answer. */
@NullMarked
package io.mailrouter.benchmarks.flight;

import org.jspecify.annotations.NullMarked;
