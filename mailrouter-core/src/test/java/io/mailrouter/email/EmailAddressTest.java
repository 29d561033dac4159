package io.mailrouter.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.net.IDN;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ada@example.org||ada@example.org",
                " ada@example.org ||ada@example.org",
                "<ada@example.org>||ada@example.org",
                "Ada Lovelace <ada@example.org>|Ada Lovelace|ada@example.org",
                "\"Lovelace, Ada\" <ada@example.org>|Lovelace, Ada|ada@example.org",
                "\"A \\\"B\\\" \\\\ C\" <ada@example.org>|A \"B\" \\ C|ada@example.org",
                "さくら <a+b.c@EXAMPLE.org>|さくら|a+b.c@example.org",
                "O'Brien <o'brien@example.org>|O'Brien|o'brien@example.org",
                "ada@bücher.example||ada@xn--bcher-kva.example",
                "jörg@BÜCHER.example||jörg@xn--bcher-kva.example",
            })
    void readsNameAndAddress(String text, String name, String address) {
        EmailAddress parsed = EmailAddress.parse(text);

        assertThat(parsed.name()).isEqualTo(name == null ? "" : name);
        assertThat(parsed.address()).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<a@b.com>c@d.com",
                "Ada <a@b.com> <c@d.com>",
                "Ada <<a@b.com>>",
                "a@b.com>",
                "a@b(comment).com",
                "a(comment)@b.com",
                "(comment)a@b.com",
                "a@x\0",
                "\"a b\"@example.org",
                "\"a@b\"@example.org",
                "=?utf-8?q?=41=42?=@example.org",
                "=?utf-8?q?=41=42?=foo@example.org",
                "x=?utf-8?q?=41=42?=@example.org",
                "a@[127.0.0.1]",
                "a@b@c.com",
                "a b@example.org",
                "a@exa mple.org",
                "a@",
                "@b.com",
                "a",
                "",
                "a..b@example.org",
                ".a@example.org",
                "a.@example.org",
                "a@.example.org",
                "a@example..org",
                "a@example.org.",
                "a@-example.org",
                "a@exam_ple.org",
                "a,b@example.org",
                "a@example.org,b@example.org",
                "a@example.org; b@example.org",
                "Ada, B <a@example.org>",
                "Ada (x) <a@example.org>",
                "\"Ada <a@example.org>",
                "\"Ada\" B <a@example.org>",
                "\"Ada\\\" <a@example.org>",
                "a\u202ecod@example.org",
                "a@exa\u202emple.org",
                "a\u200b@example.org",
            })
    @DisplayName("C3 what two mail systems could read differently is refused")
    void refusesWhatIsReadDifferently(String text) {
        assertThatThrownBy(() -> EmailAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary canary@example.org", "canary@canary_x.org", "canary..@example.org", "canary"})
    @DisplayName("C11 an error about an address does not repeat it")
    void errorsDoNotRepeatTheAddress(String text) {
        assertThatThrownBy(() -> EmailAddress.parse(text)).hasMessageNotContaining("canary");
        assertThatThrownBy(() -> Email.builder().to(text))
                .hasMessageStartingWith("to: ")
                .hasMessageNotContaining("canary");
    }

    @Test
    @DisplayName("C4 an international domain becomes A-labels, the local part stays as it is")
    void bringsDomainsToALabels() {
        EmailAddress cyrillic = EmailAddress.parse("иван@пример.испытание");

        assertThat(cyrillic.localPart()).isEqualTo("иван");
        assertThat(cyrillic.domain()).isEqualTo("xn--e1afmkfd.xn--80akhbyknj4f");
        assertThat(cyrillic.hasUnicodeLocalPart()).isTrue();
        assertThat(EmailAddress.parse("a@раypal.com").domain())
                .as("a homoglyph is not the domain that it looks like")
                .isNotEqualTo("paypal.com")
                .startsWith("xn--");
        for (String replaced : new String[] {
            "a@straße.de", "a@exa\u00admple.org", "a@exa\u200dmple.org", "a@\u212aelvin.org", "a@ςigma.gr"
        }) {
            assertThatThrownBy(() -> EmailAddress.parse(replaced))
                    .as("a letter that would become another: mail would go to somebody else's domain")
                    .hasMessageContaining("xn--");
        }
        assertThatThrownBy(() -> EmailAddress.parse("a@exa\u2100mple.org"))
                .as("a sign that expands to a slash")
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("C5 a monstrous address is refused at once")
    void refusesMonstersAtOnce() {
        String megabyte = "a".repeat(1 << 20);
        String nested = "(".repeat(100_000) + ")".repeat(100_000) + "a@b.c";
        EmailAddress.parse("warm@up.example");

        assertTimeout(Duration.ofSeconds(5), () -> {
            assertThatThrownBy(() -> EmailAddress.parse(megabyte + "@example.org"))
                    .hasMessageContaining("at most");
            assertThatThrownBy(() -> EmailAddress.parse("a@" + megabyte)).hasMessageContaining("at most");
            assertThatThrownBy(() -> EmailAddress.of("", megabyte)).hasMessageContaining("longer");
            assertThatThrownBy(() -> EmailAddress.parse(nested)).hasMessageContaining("at most");
        });
        assertThatThrownBy(() -> EmailAddress.parse("😀".repeat(21) + "@example.org"))
                .hasMessageContaining("1 to 64 bytes");
        assertThatThrownBy(() -> EmailAddress.parse("a".repeat(65) + "@example.org"))
                .hasMessageContaining("1 to 64 bytes");
        assertThatThrownBy(() -> EmailAddress.parse("a@" + "b".repeat(64) + ".org"))
                .hasMessageContaining("not a valid host name");
    }

    @Test
    @DisplayName("C3 whatever is accepted is the same in envelope and header")
    void acceptedAddressesReadTheSameAgain() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String alphabet = "aaaabbbb@@@@..<>()\"\\ ,;:[]=?-_+é漢\0\n\u202e\u00ad";
        int accepted = 0;

        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + random.nextInt(10);
            for (int j = 0; j < length; j++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            EmailAddress parsed;
            try {
                parsed = EmailAddress.parse(text.toString());
            } catch (IllegalArgumentException refused) {
                continue;
            }
            accepted++;
            assertThat(parsed.address()).doesNotContainAnyWhitespaces().containsOnlyOnce("@");
            assertThat(EmailAddress.parse(parsed.address()).address()).isEqualTo(parsed.address());
            assertThat(text.toString()).contains(parsed.localPart() + "@");
        }

        assertThat(accepted).isGreaterThan(100);
    }

    @Test
    void aDomainInAsciiIsWhatIdnaMakesOfIt() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int valid = 0;
        for (int i = 0; i < 20_000; i++) {
            String domain = randomDomain(random);
            Optional<String> expected = byIdna(domain);

            assertThat(read("ada@" + domain)).as(domain).isEqualTo(expected);
            valid += expected.isPresent() ? 1 : 0;
        }
        assertThat(valid).isBetween(1_000, 19_000);
    }

    private static String randomDomain(Random random) {
        StringBuilder domain = new StringBuilder();
        int labels = 1 + random.nextInt(3);
        for (int label = 0; label < labels; label++) {
            domain.append(label == 0 ? "" : ".");
            int length = random.nextInt(20) == 0 ? 60 + random.nextInt(6) : random.nextInt(8);
            for (int i = 0; i < length; i++) {
                domain.append("abcXYZ019abcXYZ019abcXYZ019-_".charAt(random.nextInt(29)));
            }
        }
        return domain.toString();
    }

    private static Optional<String> byIdna(String domain) {
        try {
            String ascii = IDN.toASCII(domain, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
            boolean whole = Stream.of(ascii.split("\\.", -1)).noneMatch(String::isEmpty);
            return whole ? Optional.of(ascii) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> read(String address) {
        try {
            return Optional.of(EmailAddress.parse(address).domain());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
