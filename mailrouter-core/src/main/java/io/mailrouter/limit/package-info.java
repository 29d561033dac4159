/** How much a provider may be asked for: holds that a provider's own answers cause. */
@NullMarked
package io.mailrouter.limit;

import org.jspecify.annotations.NullMarked;
