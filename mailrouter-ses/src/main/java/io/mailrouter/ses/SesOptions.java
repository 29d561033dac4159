package io.mailrouter.ses;

import io.mailrouter.email.ProviderOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What only Amazon SES understands, for one email.
 *
 * <p>Immutable. What is empty is not in the request, or stands there as the {@link SesProvider} was told to. A fault in
 * what is named here, such as a configuration set that does not exist, holds no provider: the next email may name
 * another. Contact lists are left out on purpose: they put a way out into the email, which no other provider would.
 */
public final class SesOptions implements ProviderOptions {

    private final String configurationSet;
    private final String tenant;
    private final String fromIdentityArn;

    private SesOptions(Builder builder) {
        configurationSet = builder.configurationSet;
        tenant = builder.tenant;
        fromIdentityArn = builder.fromIdentityArn;
    }

    /** Returns an empty builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the configuration set to use instead of the provider's, empty for the provider's. */
    public String configurationSet() {
        return configurationSet;
    }

    /** Returns the tenant on whose behalf the email is sent, empty for none. */
    public String tenant() {
        return tenant;
    }

    /** Returns the ARN of the identity whose owner permits the sender's address, empty for none. */
    public String fromIdentityArn() {
        return fromIdentityArn;
    }

    /** Returns which options are set, and none of their values: an identity may be an address. */
    @Override
    public String toString() {
        List<String> set = new ArrayList<>();
        if (!configurationSet.isEmpty()) {
            set.add("configurationSet");
        }
        if (!tenant.isEmpty()) {
            set.add("tenant");
        }
        if (!fromIdentityArn.isEmpty()) {
            set.add("fromIdentityArn");
        }
        return "SesOptions" + set;
    }

    /** Collects {@link SesOptions}. Not safe to share between threads. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
        private static final Pattern IDENTITY =
                Pattern.compile("arn:aws[a-z-]{0,20}:ses:[a-z0-9-]{1,64}:[0-9]{12}:identity/[!-~]{1,320}");

        private String configurationSet = "";
        private String tenant = "";
        private String fromIdentityArn = "";

        private Builder() {}

        /** Names a configuration set of 1 to 64 letters, digits, hyphens or underscores. The provider's by default. */
        public Builder configurationSet(String value) {
            configurationSet = name("configurationSet", value);
            return this;
        }

        /** Names a tenant of 1 to 64 letters, digits, hyphens or underscores. None by default. */
        public Builder tenant(String value) {
            tenant = name("tenant", value);
            return this;
        }

        /**
         * Names the identity that permits the sender's address, when another account owns it, such as {@code
         * arn:aws:ses:eu-west-1:123456789012:identity/example.com}. None by default.
         */
        public Builder fromIdentityArn(String value) {
            if (!IDENTITY.matcher(value).matches()) {
                throw new IllegalArgumentException(
                        "fromIdentityArn needs the form arn:aws:ses:<region>:<account>:identity/<domain or address>");
            }
            fromIdentityArn = value;
            return this;
        }

        /** Returns the options. */
        public SesOptions build() {
            return new SesOptions(this);
        }

        private static String name(String field, String value) {
            if (!NAME.matcher(value).matches()) {
                throw new IllegalArgumentException(field + " needs 1 to 64 letters, digits, hyphens or underscores");
            }
            return value;
        }
    }
}
