package io.mailrouter.testkit;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads RFC 8259 and nothing more: no duplicate names, no unpaired surrogates, at most 64 levels. */
final class Json {

    /** Stands for {@code null}. */
    enum Null {
        NULL
    }

    private static final int MAX_DEPTH = 64;
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Returns a Map, List, String, BigDecimal, Boolean or {@link Null}. */
    static Object parse(byte[] utf8) throws Refusal {
        Json json;
        try {
            json = new Json(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new Refusal("body is not UTF-8");
        }
        Object value = json.value(0);
        json.space();
        if (json.at != json.text.length()) {
            throw json.unexpected();
        }
        return value;
    }

    private Object value(int depth) throws Refusal {
        if (depth > MAX_DEPTH) {
            throw new Refusal("JSON is deeper than " + MAX_DEPTH + " levels");
        }
        space();
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> list(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", Null.NULL);
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) throws Refusal {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        space();
        if (peek() == '}') {
            at++;
            return members;
        }
        while (true) {
            space();
            String name = string();
            space();
            take(':');
            if (members.put(name, value(depth + 1)) != null) {
                throw new Refusal("JSON name stands twice: " + name);
            }
            if (endOf('}')) {
                return members;
            }
        }
    }

    private List<Object> list(int depth) throws Refusal {
        List<Object> items = new ArrayList<>();
        at++;
        space();
        if (peek() == ']') {
            at++;
            return items;
        }
        while (true) {
            items.add(value(depth + 1));
            if (endOf(']')) {
                return items;
            }
        }
    }

    private boolean endOf(char close) throws Refusal {
        space();
        if (peek() == close) {
            at++;
            return true;
        }
        take(',');
        return false;
    }

    private String string() throws Refusal {
        take('"');
        StringBuilder value = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(at++);
            if (c < 0x20) {
                throw unexpected();
            }
            value.append(c == '\\' ? escape() : c);
        }
        at++;
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new Refusal("JSON holds half a surrogate pair before index " + at);
        }
        return value.toString();
    }

    private char escape() throws Refusal {
        peek();
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw unexpected();
        };
    }

    private char unicode() throws Refusal {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0 || peek() > 'f') {
                throw unexpected();
            }
            code = code * 16 + digit;
            at++;
        }
        return (char) code;
    }

    private Object word(String word, Object value) throws Refusal {
        if (!text.startsWith(word, at)) {
            throw unexpected();
        }
        at += word.length();
        return value;
    }

    private BigDecimal number() throws Refusal {
        Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt()) {
            throw unexpected();
        }
        at = number.end();
        return new BigDecimal(number.group());
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() throws Refusal {
        if (at >= text.length()) {
            throw new Refusal("JSON ends too early");
        }
        return text.charAt(at);
    }

    private void take(char expected) throws Refusal {
        if (peek() != expected) {
            throw unexpected();
        }
        at++;
    }

    private Refusal unexpected() {
        return new Refusal("JSON is wrong at index " + at);
    }
}
