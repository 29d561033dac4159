/** How peers are measured: each in a JVM of its own, in turns, and told of in rows of one table. */
@NullMarked
package io.mailrouter.benchmarks.contest;

import org.jspecify.annotations.NullMarked;
