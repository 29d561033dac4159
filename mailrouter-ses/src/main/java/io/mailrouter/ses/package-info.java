/** Sends emails through Amazon SES v2. */
@NullMarked
package io.mailrouter.ses;

import org.jspecify.annotations.NullMarked;
