/** Stand-ins for the services' HTTP APIs that are not the bottleneck, and the measurement that says so. */
@NullMarked
package io.mailrouter.benchmarks.http;

import org.jspecify.annotations.NullMarked;
