/** How fast a queue is drained, beside what else a Java user would drain it with. */
@NullMarked
package io.mailrouter.benchmarks.queue;

import org.jspecify.annotations.NullMarked;
