/** Stand-ins for email services on the loopback interface, which speak their wire formats and fail on command. */
@NullMarked
package io.mailrouter.testkit;

import org.jspecify.annotations.NullMarked;
