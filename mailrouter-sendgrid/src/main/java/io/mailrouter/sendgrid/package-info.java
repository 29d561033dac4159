/** Sends emails through the Twilio SendGrid v3 API. */
@NullMarked
package io.mailrouter.sendgrid;

import org.jspecify.annotations.NullMarked;
