/** What the library itself costs, without the network and without the services. */
@NullMarked
package io.mailrouter.benchmarks;

import org.jspecify.annotations.NullMarked;
