/**
 * How much a provider may be asked for: rates and quotas, holds that its own answers cause, the first days of a new one,
 * and how many attempts may follow failed ones.
 */
@NullMarked
package io.mailrouter.limit;

import org.jspecify.annotations.NullMarked;
