package io.mailrouter.examples.runner;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import io.mailrouter.ses.SesProvider;
import io.mailrouter.smtp.SmtpProvider;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the environment asks for, checked in full. */
record Settings(
        List<URI> queues,
        List<ProviderSpec> providers,
        List<String> disabled,
        Optional<String> region,
        Routing routing,
        RedisUse redis,
        QueueUse queueUse,
        Ambiguity ambiguity,
        Duration deadline,
        InetSocketAddress http) {

    /** One provider with what is set for it alone. */
    record ProviderSpec(Kind kind, String name, Optional<SesUse> ses, Access access, ProviderUse use) {}

    /** Where a service is reached and with which credential, as far as the environment says so. */
    record Access(Optional<URI> endpoint, Optional<String> username, Optional<Secret> secret) {

        static final Access UNSAID = new Access(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Where SES is used, and with which of its configuration sets. */
    record SesUse(String region, Optional<String> configurationSet) {}

    /** The services that a runner can send through. */
    enum Kind {
        SES,
        SENDGRID,
        SMTP
    }

    /**
     * Reads the environment.
     *
     * @throws SettingsException listing everything that is wrong with it
     */
    static Settings from(Map<String, String> variables) {
        return from(new Environment(variables));
    }

    static Settings from(Environment env) {
        List<ProviderSpec> providers = providers(env);
        Settings settings = new Settings(
                Queues.of(env),
                providers,
                disabled(env, providers),
                Queues.region(env),
                Strategy.of(env, providers),
                RedisUse.of(env),
                QueueUse.of(env),
                env.choice(
                        "MAILROUTER_AMBIGUITY",
                        Ambiguity.STOP,
                        Map.of("stop", Ambiguity.STOP, "resend-other", Ambiguity.RESEND_OTHER)),
                env.duration(
                        "MAILROUTER_DEADLINE", Duration.ofSeconds(30), Duration.ofMillis(100), Duration.ofMinutes(10)),
                env.address("MAILROUTER_HTTP", "127.0.0.1:8085"));
        env.choice("MAILROUTER_LOG", "text", Map.of("text", "text", "json", "json"));
        env.finish();
        return settings;
    }

    private static List<String> disabled(Environment env, List<ProviderSpec> providers) {
        String name = "MAILROUTER_DISABLED";
        List<String> names = providers.stream().map(ProviderSpec::name).toList();
        List<String> disabled =
                env.list(name).stream().map(entry -> entry.replace(':', '-')).toList();
        if (!names.containsAll(disabled)) {
            env.problem(name + " names a provider that is not in MAILROUTER_PROVIDERS, e.g. ses");
        } else if (!disabled.isEmpty() && disabled.containsAll(names)) {
            env.problem(name + " names every provider: leave one to send, e.g. ses of ses,sendgrid");
        }
        return disabled;
    }

    private static List<ProviderSpec> providers(Environment env) {
        List<ProviderSpec> providers = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String entry : env.list("MAILROUTER_PROVIDERS")) {
            String[] parts = entry.split(":", 2);
            String name = entry.replace(':', '-').toLowerCase(Locale.ROOT);
            if (!names.add(name)) {
                env.problem("MAILROUTER_PROVIDERS names '" + entry + "' twice");
                continue;
            }
            if (parts[0].equals("ses")) {
                providers.add(ses(env, name, parts));
            } else if (entry.equals("sendgrid")) {
                providers.add(sendGrid(env, name));
            } else if (entry.equals("smtp")) {
                providers.add(smtp(env, name));
            } else {
                env.problem("MAILROUTER_PROVIDERS holds '" + entry
                        + "': ses, ses:REGION, sendgrid and smtp are known, e.g. ses:eu-west-1,sendgrid");
            }
        }
        if (env.text("MAILROUTER_PROVIDERS").isEmpty()) {
            env.problem("MAILROUTER_PROVIDERS is not set, e.g. ses,sendgrid");
        }
        return List.copyOf(providers);
    }

    private static ProviderSpec ses(Environment env, String name, String[] parts) {
        Optional<String> region = parts.length > 1 ? Optional.of(parts[1]) : env.text("AWS_REGION");
        if (region.filter(r -> r.matches("[a-z]{2}(-[a-z]+)+-\\d")).isEmpty()) {
            env.problem("MAILROUTER_PROVIDERS has '" + name
                    + "' without a valid region: write ses:REGION or set AWS_REGION, e.g. eu-west-1");
        }
        String variable = ProviderUse.prefix(name) + "_CONFIGURATION_SET";
        String wanted = "1 to 64 letters, digits, hyphens or underscores, e.g. emails";
        Optional<String> configurationSet = env.parsed(variable, Optional.empty(), wanted, value -> {
            SesProvider.builder().configurationSet(value);
            return Optional.of(value);
        });
        Optional<SesUse> use = region.map(place -> new SesUse(place, configurationSet));
        return new ProviderSpec(Kind.SES, name, use, Access.UNSAID, ProviderUse.of(env, name));
    }

    private static ProviderSpec sendGrid(Environment env, String name) {
        if (env.text("SENDGRID_API_KEY").isEmpty()
                && env.text("SENDGRID_API_KEY_FILE").isEmpty()) {
            env.problem("SENDGRID_API_KEY is not set, and SENDGRID_API_KEY_FILE neither,"
                    + " e.g. SENDGRID_API_KEY_FILE=/run/secrets/sendgrid-api-key");
        }
        Optional<Secret> key = secret(env, "SENDGRID_API_KEY");
        URI endpoint = env.uri("SENDGRID_BASE_URL", "https://api.sendgrid.com", "https://api.eu.sendgrid.com");
        Access access = new Access(Optional.of(endpoint), Optional.empty(), key);
        return new ProviderSpec(Kind.SENDGRID, name, Optional.empty(), access, ProviderUse.of(env, name));
    }

    private static ProviderSpec smtp(Environment env, String name) {
        String example = "smtp://host:587 or smtps://host:465, e.g. smtp://smtp.example.com:587";
        if (env.text("SMTP_URL").isEmpty()) {
            env.problem("SMTP_URL is not set: " + example);
        }
        Optional<URI> url = env.parsed("SMTP_URL", Optional.empty(), example, value -> {
            URI uri = URI.create(value);
            SmtpProvider.builder().url(uri);
            return Optional.of(uri);
        });
        Optional<String> username = env.text("SMTP_USERNAME");
        Optional<Secret> password = secret(env, "SMTP_PASSWORD");
        if (username.isPresent() != password.isPresent()) {
            env.problem("SMTP_USERNAME and SMTP_PASSWORD belong together: set both, or neither for a server without a"
                    + " login, e.g. SMTP_PASSWORD_FILE=/run/secrets/smtp-password");
        }
        Access access = new Access(url, username, password);
        return new ProviderSpec(Kind.SMTP, name, Optional.empty(), access, ProviderUse.of(env, name));
    }

    private static Optional<Secret> secret(Environment env, String name) {
        try {
            return env.secret(name).map(Secret::of);
        } catch (IllegalArgumentException e) {
            env.problem(name + " is malformed: it holds a control character, e.g. a line end inside");
            return Optional.empty();
        }
    }
}
