package io.mailrouter.examples.runner;

import io.mailrouter.ProviderSettings;
import io.mailrouter.email.EmailAddress;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How one provider is used: what the variables that carry its name say. */
record ProviderUse(
        Optional<Duration> timeout,
        List<String> senderDomains,
        Optional<Double> rate,
        Optional<Long> dailyQuota,
        Optional<Double> weight,
        Optional<BigDecimal> cost) {

    private static final long MOST_A_DAY = 1_000_000_000_000L;

    /** Reads the variables of a provider. */
    static ProviderUse of(Environment env, String provider) {
        String prefix = prefix(provider);
        return new ProviderUse(
                timeout(env, prefix + "_TIMEOUT"),
                senderDomains(env, prefix + "_SENDER_DOMAINS"),
                decimal(env, prefix + "_RATE", "0.001", "1000000", "recipients a second", "14")
                        .map(BigDecimal::doubleValue),
                dailyQuota(env, prefix + "_DAILY_QUOTA"),
                decimal(env, prefix + "_WEIGHT", "0.001", "1000", "times the usual share", "2")
                        .map(BigDecimal::doubleValue),
                decimal(env, prefix + "_COST", "0", "999999999", "for each recipient", "0.0001"));
    }

    /** Returns what the variables of a provider begin with. */
    static String prefix(String provider) {
        return "MAILROUTER_" + provider.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** Tells the service. */
    void to(ProviderSettings use) {
        timeout.ifPresent(use::timeout);
        use.senderDomains(senderDomains.toArray(String[]::new));
        rate.ifPresent(use::rate);
        dailyQuota.ifPresent(use::dailyQuota);
        weight.ifPresent(use::weight);
        cost.map(BigDecimal::toString).ifPresent(use::cost);
    }

    private static Optional<Duration> timeout(Environment env, String name) {
        return env.text(name).isEmpty()
                ? Optional.empty()
                : Optional.of(
                        env.duration(name, Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(10)));
    }

    private static Optional<BigDecimal> decimal(
            Environment env, String name, String least, String most, String what, String example) {
        String wanted = "a number from " + least + " to " + most + ", " + what + ", e.g. " + example;
        return env.parsed(name, Optional.empty(), wanted, value -> {
            BigDecimal number = new BigDecimal(value);
            if (number.compareTo(new BigDecimal(least)) < 0 || number.compareTo(new BigDecimal(most)) > 0) {
                throw new IllegalArgumentException();
            }
            return Optional.of(number);
        });
    }

    private static Optional<Long> dailyQuota(Environment env, String name) {
        String wanted = "a whole number of recipients a day, 1 to " + MOST_A_DAY + ", e.g. 50000";
        return env.parsed(name, Optional.empty(), wanted, value -> {
            long recipients = Long.parseLong(value);
            if (recipients < 1 || recipients > MOST_A_DAY) {
                throw new IllegalArgumentException();
            }
            return Optional.of(recipients);
        });
    }

    private static List<String> senderDomains(Environment env, String name) {
        List<String> domains = env.list(name);
        for (String domain : domains) {
            try {
                EmailAddress.of("", "a@" + domain);
            } catch (IllegalArgumentException e) {
                env.problem(name + " holds " + Environment.shown(domain) + ", which is no domain, e.g. example.com");
                return List.of();
            }
        }
        return domains;
    }
}
