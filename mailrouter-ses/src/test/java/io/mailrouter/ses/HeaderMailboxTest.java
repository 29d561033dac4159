package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.EmailAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderMailboxTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "``, ada@example.org",
                "Ada, Ada <ada@example.org>",
                "Ada Lovelace, Ada Lovelace <ada@example.org>",
                "`Lovelace, Ada`, `\"Lovelace, Ada\" <ada@example.org>`",
                "`a \"b\" \\`, `\"a \\\"b\\\" \\\\\" <ada@example.org>`",
                "A. B., \"A. B.\" <ada@example.org>",
                "a  b, \"a  b\" <ada@example.org>",
                "Äda, =?UTF-8?B?w4RkYQ==?= <ada@example.org>",
                "=?UTF-8?B?eA==?=, =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?= <ada@example.org>",
            })
    void writesANameAsItsCharactersNeed(String name, String expected) {
        assertThat(HeaderMailbox.of(EmailAddress.of(name, "ada@example.org"))).isEqualTo(expected);
    }

    @Test
    void cutsLongNamesBetweenCodePointsIntoWordsOfAtMost75Characters() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int[] alphabet = {'a', ' ', 'č', 'ع', '漢', 0x1F600, '=', '?'};
        for (int round = 0; round < 500; round++) {
            StringBuilder name = new StringBuilder("ä");
            int length = random.nextInt(120);
            for (int i = 0; i < length; i++) {
                name.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
            }
            name.append("x");
            String mailbox = HeaderMailbox.of(EmailAddress.of(name.toString(), "ada@example.org"));

            StringBuilder decoded = new StringBuilder();
            for (String word : mailbox.substring(0, mailbox.indexOf(" <")).split(" ")) {
                assertThat(word)
                        .hasSizeLessThanOrEqualTo(75)
                        .startsWith("=?UTF-8?B?")
                        .endsWith("?=");
                byte[] bytes = Base64.getDecoder().decode(word.substring(10, word.length() - 2));
                String part = new String(bytes, StandardCharsets.UTF_8);
                assertThat(part.getBytes(StandardCharsets.UTF_8)).isEqualTo(bytes);
                decoded.append(part);
            }
            assertThat(decoded.toString()).isEqualTo(name.toString());
        }
    }
}
