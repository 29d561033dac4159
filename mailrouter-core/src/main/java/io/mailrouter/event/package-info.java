/** What happens in a service, told to whoever listens. */
@NullMarked
package io.mailrouter.event;

import org.jspecify.annotations.NullMarked;
