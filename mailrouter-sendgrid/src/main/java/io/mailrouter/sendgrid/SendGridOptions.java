package io.mailrouter.sendgrid;

import io.mailrouter.email.ProviderOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What only SendGrid understands, given with {@link io.mailrouter.email.EmailBuilder#options}.
 *
 * <p>Immutable. Another provider leaves all of this unread, so an email that must not leave without it names this one
 * with {@link io.mailrouter.email.EmailBuilder#onlyProviders}. An id that the account does not know is answered with
 * {@link io.mailrouter.provider.Outcome.Misconfigured}, and the next provider may try.
 */
public final class SendGridOptions implements ProviderOptions {

    private static final int MAX_SHOWN = 25;
    private static final Pattern POOL = Pattern.compile("[ -~]{2,64}");
    private static final Pattern BATCH = Pattern.compile("[!-~]{1,128}");

    final OptionalInt unsubscribeGroup;
    final List<Integer> shownGroups;
    final Optional<String> ipPool;
    final Optional<String> batchId;
    final boolean sandbox;

    private SendGridOptions(Builder builder) {
        unsubscribeGroup = builder.unsubscribeGroup;
        shownGroups = List.copyOf(builder.shownGroups);
        ipPool = builder.ipPool;
        batchId = builder.batchId;
        sandbox = builder.sandbox;
    }

    /** Returns a builder with nothing set: the account decides about everything. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the class's name only. */
    @Override
    public String toString() {
        return "SendGridOptions";
    }

    /** Collects {@link SendGridOptions}. Not safe to share between threads. */
    public static final class Builder {

        private OptionalInt unsubscribeGroup = OptionalInt.empty();
        private List<Integer> shownGroups = List.of();
        private Optional<String> ipPool = Optional.empty();
        private Optional<String> batchId = Optional.empty();
        private boolean sandbox;

        private Builder() {}

        /**
         * Sets the group of emails that a recipient may unsubscribe from; who has done so gets no more of them. SendGrid
         * writes the headers, so an email that names a way out of its own as well is not eligible. None by default.
         *
         * @param id the group's id, at least 1
         * @param shown ids of the groups that the page of preferences shows, at most 25; none for all
         */
        public Builder unsubscribeGroup(int id, int... shown) {
            if (shown.length > MAX_SHOWN) {
                throw new IllegalArgumentException(
                        "unsubscribeGroup shows " + shown.length + " groups: at most " + MAX_SHOWN + " are allowed");
            }
            List<Integer> groups = new ArrayList<>(shown.length);
            for (int group : shown) {
                groups.add(groupId(group));
            }
            unsubscribeGroup = OptionalInt.of(groupId(id));
            shownGroups = groups;
            return this;
        }

        /** Sets the pool of addresses to send from, 2 to 64 printable ASCII characters. The account's by default. */
        public Builder ipPool(String name) {
            ipPool = Optional.of(matching("ipPool", name, POOL, "2 to 64 printable ASCII characters"));
            return this;
        }

        /** Sets the batch by which a send with a time to send at can be cancelled. None by default. */
        public Builder batchId(String id) {
            batchId = Optional.of(matching("batchId", id, BATCH, "1 to 128 printable ASCII characters without spaces"));
            return this;
        }

        /** Has the email checked and accepted but not sent, for trials. Its outcome holds no id. Off by default. */
        public Builder sandbox() {
            sandbox = true;
            return this;
        }

        /** Returns the options. */
        public SendGridOptions build() {
            return new SendGridOptions(this);
        }

        private static int groupId(int id) {
            if (id < 1) {
                throw new IllegalArgumentException("unsubscribeGroup is " + id + ": ids begin with 1");
            }
            return id;
        }

        private static String matching(String field, String value, Pattern pattern, String needed) {
            if (!pattern.matcher(value).matches()) {
                throw new IllegalArgumentException(field + " needs " + needed);
            }
            return value;
        }
    }
}
