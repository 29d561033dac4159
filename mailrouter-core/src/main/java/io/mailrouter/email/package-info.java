/** What is sent: the email, its addresses and attachments, each checked by its own constructor. */
@NullMarked
package io.mailrouter.email;

import org.jspecify.annotations.NullMarked;
