package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.provider.Outcome.Scope;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SesOptionsTest {

    private static final String ARN = "arn:aws:ses:eu-west-1:123456789012:identity/canary@example.com";

    @Test
    void isEmptyUnlessToldOtherwise() {
        SesOptions options = SesOptions.builder().build();

        assertThat(options.configurationSet()).isEmpty();
        assertThat(options.tenant()).isEmpty();
        assertThat(options.fromIdentityArn()).isEmpty();
        assertThat(options).hasToString("SesOptions[]");
    }

    @Test
    void showsWhichOptionsAreSetAndNoValue() {
        SesOptions options = SesOptions.builder()
                .configurationSet("set-canary")
                .tenant("tenant-canary")
                .fromIdentityArn(ARN)
                .build();

        assertThat(options).hasToString("SesOptions[configurationSet, tenant, fromIdentityArn]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\r\nb", "ä", "a/b"})
    void refusesANameThatSesWouldRefuse(String name) {
        assertThatThrownBy(() -> SesOptions.builder().configurationSet(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("configurationSet needs 1 to 64 letters, digits, hyphens or underscores");
        assertThatThrownBy(() -> SesOptions.builder().tenant(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tenant needs 1 to 64 letters, digits, hyphens or underscores");
    }

    @Test
    void takesNamesOf64Characters() {
        assertThat(SesOptions.builder().tenant("t".repeat(64)).build().tenant()).hasSize(64);
        assertThatThrownBy(() -> SesOptions.builder().tenant("t".repeat(65))).hasMessageStartingWith("tenant needs");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "arn:aws:ses:eu-west-1:123456789012:template/t",
                "arn:aws:ses:eu-west-1:12:identity/example.com",
                "arn:aws:ses:eu-west-1:123456789012:identity/canary example.com",
                "arn:aws:ses:eu-west-1:123456789012:identity/"
            })
    void refusesWhatIsNoArnOfAnIdentity(String arn) {
        assertThatThrownBy(() -> SesOptions.builder().fromIdentityArn(arn))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("fromIdentityArn needs the form")
                .hasMessageNotContaining("canary");
    }

    @Test
    void reachesNoFurtherThanTheEmailThatNamesSomething() {
        Template template = new Template("t", Map.of());

        assertThat(named(email().text("t"))).isEqualTo(new Named(Scope.ACCOUNT, Scope.ACCOUNT));
        assertThat(named(email().template(template))).isEqualTo(new Named(Scope.ACCOUNT, Scope.REQUEST));
        assertThat(named(email().text("t")
                        .options(SesOptions.builder().configurationSet("s").build())))
                .isEqualTo(new Named(Scope.REQUEST, Scope.REQUEST));
        assertThat(named(email().text("t")
                        .options(SesOptions.builder().tenant("t").build())))
                .isEqualTo(new Named(Scope.REQUEST, Scope.REQUEST));
        assertThat(named(email().text("t")
                        .options(SesOptions.builder().fromIdentityArn(ARN).build())))
                .isEqualTo(new Named(Scope.ACCOUNT, Scope.REQUEST));
    }

    private static Named named(EmailBuilder email) {
        return Named.by(email.build());
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org");
    }
}
