/** The main job on embedded real parts: a queue drained through two providers, one of which fails and recovers. */
@NullMarked
package io.mailrouter.examples.pipeline;

import org.jspecify.annotations.NullMarked;
