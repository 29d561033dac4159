package io.mailrouter;

import io.mailrouter.event.EmailListener;

/** Whoever hears events. Most sends have nobody who hears of each, and then no event is made for it. */
@FunctionalInterface
interface Audience extends EmailListener {

    /** Says whether anyone hears how each send and each attempt ended, and not only what is rare. */
    default boolean hearsAll() {
        return true;
    }
}
