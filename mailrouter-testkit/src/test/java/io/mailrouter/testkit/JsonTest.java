package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    void readsEveryKindOfValue() throws Refusal {
        assertThat(parse(" {\"a\":[1,-2.5e3,true,false,null,\"x\"],\"b\":{},\"c\":[]} "))
                .isEqualTo(Map.of(
                        "a",
                        List.of(new BigDecimal("1"), new BigDecimal("-2.5e3"), true, false, Json.Null.NULL, "x"),
                        "b",
                        Map.of(),
                        "c",
                        List.of()));
    }

    @Test
    void readsEscapesAndTextBeyondAsciiAlike() throws Refusal {
        assertThat(parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u010D\\ud83d\\uDE00😀č\""))
                .isEqualTo("\"\\/\b\f\n\r\t\u010D😀😀č");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":1,\"a\":2}",
                "01",
                "1.",
                ".5",
                "+1",
                "NaN",
                "tru",
                "'a'",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\ud83d\"",
                "\"line\nend\"",
                "1 2",
                "[1]]",
                "1e99999999"
            })
    void refusesWhatIsNotJson(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(Refusal.class);
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xC4, '"'}))
                .isInstanceOf(Refusal.class)
                .hasMessage("body is not UTF-8");
    }

    @Test
    void refusesDepthBeforeTheStackEnds() throws Refusal {
        assertThat(parse("[".repeat(60) + "]".repeat(60))).isInstanceOf(List.class);
        assertThatThrownBy(() -> parse("[".repeat(100_000)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("64 levels");
    }

    private static Object parse(String text) throws Refusal {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
