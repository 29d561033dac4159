package io.mailrouter.testkit;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A JSON object read by type; a member of another type is a refusal, an absent one or {@code null} is empty. */
final class JsonObject {

    private final Map<?, ?> members;

    private JsonObject(Map<?, ?> members) {
        this.members = members;
    }

    static JsonObject parse(byte[] utf8) throws Refusal {
        return of("body", Json.parse(utf8));
    }

    private static JsonObject of(String name, Object value) throws Refusal {
        return new JsonObject(typed(name, value, Map.class));
    }

    private static <T> T typed(String name, Object value, Class<T> type) throws Refusal {
        if (!type.isInstance(value)) {
            throw new Refusal(name + " is not of the right type");
        }
        return type.cast(value);
    }

    private <T> Optional<T> member(String name, Class<T> type) throws Refusal {
        Object value = members.get(name);
        return value == null || value == Json.Null.NULL ? Optional.empty() : Optional.of(typed(name, value, type));
    }

    boolean has(String name) {
        Object value = members.get(name);
        return value != null && value != Json.Null.NULL;
    }

    String string(String name) throws Refusal {
        return member(name, String.class).orElse("");
    }

    String required(String name) throws Refusal {
        String value = string(name);
        if (value.isEmpty()) {
            throw new Refusal(name + " is missing");
        }
        return value;
    }

    Optional<BigDecimal> number(String name) throws Refusal {
        return member(name, BigDecimal.class);
    }

    boolean flag(String name) throws Refusal {
        return member(name, Boolean.class).orElse(false);
    }

    /** Returns an object, empty if absent. */
    JsonObject object(String name) throws Refusal {
        return new JsonObject(member(name, Map.class).orElse(Map.of()));
    }

    List<JsonObject> objects(String name) throws Refusal {
        List<JsonObject> objects = new ArrayList<>();
        for (Object item : member(name, List.class).orElse(List.of())) {
            objects.add(of(name, item));
        }
        return objects;
    }

    List<String> strings(String name) throws Refusal {
        List<String> strings = new ArrayList<>();
        for (Object item : member(name, List.class).orElse(List.of())) {
            strings.add(typed(name, item, String.class));
        }
        return strings;
    }

    /** Returns the members of an object whose values are all strings. */
    Map<String, String> pairs() throws Refusal {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (Map.Entry<?, ?> member : members.entrySet()) {
            String name = String.valueOf(member.getKey());
            pairs.put(name, string(name));
        }
        return pairs;
    }
}
