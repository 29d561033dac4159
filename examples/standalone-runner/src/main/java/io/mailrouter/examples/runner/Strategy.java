package io.mailrouter.examples.runner;

import io.mailrouter.route.Routing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads by which strategy providers are chosen. */
final class Strategy {

    private static final String NAME = "MAILROUTER_ROUTING";
    private static final Pattern WEIGHTED = Pattern.compile("weighted\\((.*)\\)");
    private static final Map<String, Supplier<Routing>> WORDS = Map.of(
            "latency", Routing::latencyAware,
            "order", Routing::inOrder,
            "round-robin", Routing::roundRobin,
            "weighted", Routing::weighted,
            "cost", Routing::costAware,
            "quota", Routing::quotaAware,
            "sticky", Routing::stickyByDomain);

    private Strategy() {}

    static Routing of(Environment env, List<Settings.ProviderSpec> providers) {
        List<String> names = providers.stream().map(Settings.ProviderSpec::name).toList();
        String wanted =
                "latency, order, round-robin, cost, quota, sticky, or weighted with weights from 0.001 to 1000 for"
                        + " providers of MAILROUTER_PROVIDERS, e.g. " + example(names);
        Routing routing = env.parsed(NAME, Routing.latencyAware(), wanted, value -> routing(value, names));
        boolean byCost = env.text(NAME).filter("cost"::equals).isPresent();
        if (byCost && providers.stream().allMatch(spec -> spec.use().cost().isEmpty())) {
            env.problem(NAME + " is 'cost', and no provider has a price, e.g. MAILROUTER_SES_COST=0.0001");
        }
        return routing;
    }

    private static Routing routing(String value, List<String> names) {
        Matcher weighted = WEIGHTED.matcher(value);
        if (weighted.matches()) {
            return Routing.weighted(weights(weighted.group(1), names));
        }
        Supplier<Routing> word = WORDS.get(value);
        if (word == null) {
            throw new IllegalArgumentException();
        }
        return word.get();
    }

    private static Map<String, Double> weights(String list, List<String> names) {
        Map<String, Double> weights = new LinkedHashMap<>();
        for (String entry : list.strip().split("[ ,]+", -1)) {
            int colon = entry.lastIndexOf(':');
            String name = entry.substring(0, Math.max(0, colon)).replace(':', '-');
            double weight = Double.parseDouble(entry.substring(colon + 1));
            if (!names.contains(name) || weights.put(name, weight) != null) {
                throw new IllegalArgumentException();
            }
        }
        return weights;
    }

    private static String example(List<String> names) {
        return names.size() < 2
                ? "weighted(ses:3 sendgrid:1)"
                : "weighted(" + names.get(0) + ":3 " + names.get(1) + ":1)";
    }
}
