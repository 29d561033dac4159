/** Who is tried first: strategies that rank the providers that may send an email. */
@NullMarked
package io.mailrouter.route;

import org.jspecify.annotations.NullMarked;
