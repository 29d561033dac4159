package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.provider.Secret;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {

    @ParameterizedTest
    @CsvSource({
        "redis://localhost, localhost, 6379, false, 0, '', ",
        "redis://localhost:6380/, localhost, 6380, false, 0, '', ",
        "rediss://user:p%40ss%2F+x@cache.example.org:6381/3, cache.example.org, 6381, true, 3, user, p@ss/+x",
        "redis://:only@my_redis:7000, my_redis, 7000, false, 0, '', only",
        "redis://[::1]:7000/15, [::1], 7000, false, 15, '', ",
    })
    void readsWhatAUriSays(String uri, String host, int port, boolean tls, int database, String user, String password) {
        RedisAddress address = RedisAddress.parse(uri);

        assertThat(address.places().get(0).host()).isEqualTo(host);
        assertThat(address.places().get(0).port()).isEqualTo(port);
        assertThat(address.tls()).isEqualTo(tls);
        assertThat(address.database()).isEqualTo(database);
        assertThat(address.user()).isEqualTo(user);
        assertThat(address.password().map(Secret::reveal).orElse(null)).isEqualTo(password);
        assertThat(address).hasToString(host + ":" + port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:6379",
                "http://u:canary@localhost:6379",
                "redis://",
                "redis://u:canary@",
                "redis://u:canary@localhost:0",
                "redis://u:canary@localhost:65536",
                "redis://u:canary@localhost:abc",
                "redis://u:canary@host:6379/db",
                "redis://u:canary@host:6379?verifyPeer=NONE",
                "rediss://u:canary@host:6379#x",
                "redis://u:can ary canary@host:6379",
                "redis://u:canary%zz@host:6379",
                "redis://u:canary%0Acanary@host:6379",
                "redis://u:@host:6379",
                "redis://u:canary@a:6379,b:6379",
                "redis-sentinel://u:canary@host:26379",
                "redis-sentinel://u:canary@host:26379#",
                "redis-sentinel://u:canary@host:26379,#main",
                "redis-sentinel://u:canary@a:26379,b:x#main",
                "redis-sentinel://u:canary@a:26379?x=canary#main",
                "redis-cluster://u:canary@host:6379#main",
                "redis-cluster://u:canary@host:6379/1",
                "redis-clusters://u:canary@host:6379",
            })
    @DisplayName("C10 a malformed URI is an error that names the property and never its value")
    void refusesAMalformedUri(String uri) {
        assertThatThrownBy(() -> RedisFleet.connect(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageStartingWith("uri ")
                .message()
                .doesNotContain("canary", "ary");
    }
}
