/** Sends emails through any SMTP server. */
@NullMarked
package io.mailrouter.smtp;

import org.jspecify.annotations.NullMarked;
