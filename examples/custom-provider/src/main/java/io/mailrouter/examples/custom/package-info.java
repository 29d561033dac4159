/** A provider of one's own, for a mail API over HTTP. */
@NullMarked
package io.mailrouter.examples.custom;

import org.jspecify.annotations.NullMarked;
