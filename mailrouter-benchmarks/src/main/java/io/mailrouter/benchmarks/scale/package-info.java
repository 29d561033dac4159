/** How the cost of a send grows with providers, recipients, nodes and queues, and which limit is met first. */
@NullMarked
package io.mailrouter.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
