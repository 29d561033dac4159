package io.mailrouter.sqs.message;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The fields of one JSON object, taken by name and type. Whatever nobody asked for is refused at the end, so that no
 * field is dropped in silence; {@code null} stands for an absent field.
 */
final class Fields {

    /** A name is a part of the message, so only one that looks like a name is repeated. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final String path;
    private final JsonNode object;
    private final Set<String> asked = new HashSet<>();

    private Fields(String path, JsonNode object) {
        this.path = path;
        this.object = object;
    }

    static Fields of(String path, JsonNode node) {
        if (!node.isObject()) {
            throw wrongType(path.isEmpty() ? "the body" : path, node, "an object");
        }
        return new Fields(path, node);
    }

    boolean has(String name) {
        return object.hasNonNull(name);
    }

    String requiredText(String name) {
        return text(name).orElseThrow(() -> missing(path(name)));
    }

    Optional<String> text(String name) {
        return value(name).map(node -> textOf(name, node));
    }

    /** An identifier, which some producers write as a number. */
    String requiredId(String name) {
        JsonNode node = value(name).orElseThrow(() -> missing(path(name)));
        if (!node.isTextual() && !node.isIntegralNumber()) {
            throw wrongType(path(name), node, "a string or a whole number");
        }
        return node.asText();
    }

    boolean flag(String name) {
        return value(name)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw wrongType(path(name), node, "true or false");
                    }
                    return node.booleanValue();
                })
                .orElse(false);
    }

    JsonNode required(String name) {
        return value(name).orElseThrow(() -> missing(path(name)));
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : elements(name)) {
            if (!element.isTextual()) {
                throw wrongType(path(name) + "[" + texts.size() + "]", element, "a string");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    List<Fields> objects(String name) {
        List<Fields> objects = new ArrayList<>();
        for (JsonNode element : elements(name)) {
            objects.add(of(path(name) + "[" + objects.size() + "]", element));
        }
        return objects;
    }

    private Iterable<JsonNode> elements(String name) {
        Optional<JsonNode> node = value(name);
        if (node.isEmpty()) {
            return List.of();
        }
        if (!node.get().isArray()) {
            throw wrongType(path(name), node.get(), "an array");
        }
        return node.get();
    }

    Fields requiredObject(String name) {
        return of(path(name), required(name));
    }

    Optional<Fields> object(String name) {
        return value(name).map(node -> of(path(name), node));
    }

    /** The object's own fields, each a text, whatever their names. */
    Map<String, String> textsByName(String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        object(name)
                .ifPresent(inner -> inner.object
                        .properties()
                        .forEach(field -> texts.put(field.getKey(), inner.textOf(field.getKey(), field.getValue()))));
        return texts;
    }

    /** Every field that has a value, as the text that a person would read. */
    Map<String, String> valuesByName() {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            JsonNode node = field.getValue();
            asked.add(field.getKey());
            if (node.isContainerNode()) {
                throw wrongType(path(field.getKey()), node, "a string, a number, true or false");
            }
            if (!node.isNull()) {
                values.put(field.getKey(), node.asText());
            }
        }
        return values;
    }

    /** Refuses the first field that nobody asked for, unless it begins with {@code x-}. */
    void refuseOthers() {
        object.fieldNames().forEachRemaining(name -> {
            if (!asked.contains(name) && !name.startsWith("x-")) {
                throw new MalformedMessageException("unknown_field", path(name) + " is not a known field");
            }
        });
    }

    String path(String name) {
        String shown = PLAIN_NAME.matcher(name).matches() ? name : "(a name with special characters)";
        return path.isEmpty() ? shown : path + "." + shown;
    }

    String path() {
        return path;
    }

    /** An error of a field that the format itself names. */
    MalformedMessageException invalid(String name, String whatIsWrong) {
        return new MalformedMessageException(
                "invalid_field", (path.isEmpty() ? "" : path + ".") + name + ": " + whatIsWrong);
    }

    private Optional<JsonNode> value(String name) {
        asked.add(name);
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    private String textOf(String name, JsonNode node) {
        if (!node.isTextual()) {
            throw wrongType(path(name), node, "a string");
        }
        return node.textValue();
    }

    private static MalformedMessageException missing(String path) {
        return new MalformedMessageException("missing_field", path + " is missing");
    }

    private static MalformedMessageException wrongType(String path, JsonNode node, String wanted) {
        String found = node.getNodeType().toString().toLowerCase(Locale.ROOT);
        return new MalformedMessageException(
                "wrong_type", path + " is of type " + found + ": " + wanted + " is needed");
    }
}
