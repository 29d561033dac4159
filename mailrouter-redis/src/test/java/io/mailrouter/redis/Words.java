package io.mailrouter.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a test and a node say to each other in one line: words of the form {@code name=value}, with tabs between. */
record Words(Map<String, List<String>> values) {

    static Words parse(String line) {
        return of(line.split("\t"));
    }

    static Words of(String... words) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String word : words) {
            int end = word.indexOf('=');
            if (end > 0) {
                values.computeIfAbsent(word.substring(0, end), name -> new ArrayList<>())
                        .add(word.substring(end + 1));
            }
        }
        return new Words(values);
    }

    Words with(String name, Object value) {
        values.computeIfAbsent(name, key -> new ArrayList<>())
                .add(String.valueOf(value).replaceAll("\\s+", " "));
        return this;
    }

    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    String text(String name) {
        return text(name, "");
    }

    String text(String name, String otherwise) {
        List<String> all = all(name);
        return all.isEmpty() ? otherwise : all.get(all.size() - 1);
    }

    long number(String name) {
        return number(name, 0);
    }

    long number(String name, long otherwise) {
        return all(name).isEmpty() ? otherwise : Long.parseLong(text(name));
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    Duration millis(String name, long otherwise) {
        return Duration.ofMillis(number(name, otherwise));
    }

    @Override
    public String toString() {
        return values.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(value -> entry.getKey() + "=" + value))
                .collect(Collectors.joining("\t"));
    }
}
