/** How providers are doing: what one node sees, and what the fleet tells it. */
@NullMarked
package io.mailrouter.health;

import org.jspecify.annotations.NullMarked;
