/** What a node pays for meeting others in Redis. */
@NullMarked
package io.mailrouter.benchmarks.fleet;

import org.jspecify.annotations.NullMarked;
