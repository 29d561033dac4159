/** Eyes on an email service: its metrics in Micrometer. */
@NullMarked
package io.mailrouter.micrometer;

import org.jspecify.annotations.NullMarked;
