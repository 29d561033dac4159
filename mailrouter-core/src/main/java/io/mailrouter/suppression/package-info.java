/** Who gets no email any more. */
@NullMarked
package io.mailrouter.suppression;

import org.jspecify.annotations.NullMarked;
