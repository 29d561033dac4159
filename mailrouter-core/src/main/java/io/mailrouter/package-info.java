/** The service that sends emails, its results, and the steps that it is made of. */
@NullMarked
package io.mailrouter;

import org.jspecify.annotations.NullMarked;
