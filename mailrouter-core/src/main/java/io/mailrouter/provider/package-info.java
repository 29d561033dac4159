/** Who sends it: the SPI that providers implement, and the values that pass between a provider and the router. */
@NullMarked
package io.mailrouter.provider;

import org.jspecify.annotations.NullMarked;
