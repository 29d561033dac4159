package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.provider.Secret;
import org.junit.jupiter.api.Test;

class KeyedHashTest {

    private static final Secret KEY = Secret.of("0123456789abcdef");

    @Test
    void isTheHeadOfAnHmac() {
        // printf ada@example.org | openssl dgst -sha256 -hmac 0123456789abcdef
        assertThat(Long.toHexString(new KeyedHash(KEY).of("ada@example.org"))).isEqualTo("48eef52843ab78cd");
    }

    @Test
    void dependsOnTheKey() {
        KeyedHash other = new KeyedHash(Secret.of("0123456789abcdeg"));

        assertThat(other.of("ada@example.org")).isNotEqualTo(new KeyedHash(KEY).of("ada@example.org"));
        assertThat(other.check()).isNotEqualTo(new KeyedHash(KEY).check());
    }

    @Test
    void comesBackFromItsText() {
        for (long hash : new long[] {0, -1, Long.MIN_VALUE, new KeyedHash(KEY).of("ada@example.org")}) {
            assertThat(KeyedHash.text(hash)).hasSize(11);
            assertThat(KeyedHash.parse(KeyedHash.text(hash))).isEqualTo(hash);
        }
        assertThatThrownBy(() -> KeyedHash.parse("AAAA")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> KeyedHash.parse("ä")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesAKeyThatCanBeGuessed() {
        assertThatThrownBy(() -> new KeyedHash(Secret.of("0123456789abcde")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key has 15 bytes: at least 16 are needed, such as 32 random hexadecimal digits");
    }
}
