package io.mailrouter.idempotency;

import java.time.Duration;
import java.util.Objects;

/** What a store answers to whoever asks for a key. */
public sealed interface Claim {

    /**
     * The key is yours until the lease ends: send the email, and settle.
     *
     * @param times how often the email's key has been granted, this time included; what was not granted, such as while
     *     another held it, does not count
     */
    record Granted(int times) implements Claim {

        /** @throws IllegalArgumentException when it was granted less than once */
        public Granted {
            if (times < 1) {
                throw new IllegalArgumentException("times is " + times + ": at least 1 is needed");
            }
        }

        /** The key was granted for the first time. */
        public Granted() {
            this(1);
        }
    }

    /**
     * Another holds the key and is sending the same email: wait, and ask again.
     *
     * @param left how long its lease still lasts if it is not renewed
     */
    record Busy(Duration left) implements Claim {
        public Busy {
            Objects.requireNonNull(left, "left");
        }
    }

    /**
     * The email's fate is known, or known to be unclear: do not send it.
     *
     * @param settlement what is known
     * @param owner who held the key; names the record to {@link IdempotencyStore#retake}
     * @param age how long ago the key was first granted to whoever sent, by the store's own clock
     */
    record Settled(Settlement settlement, String owner, Duration age) implements Claim {
        public Settled {
            Objects.requireNonNull(settlement, "settlement");
            Objects.requireNonNull(owner, "owner");
            Objects.requireNonNull(age, "age");
        }
    }

    /** The key stands for another email: a mistake of whoever made the key. Nothing was changed. */
    record Conflict() implements Claim {}
}
