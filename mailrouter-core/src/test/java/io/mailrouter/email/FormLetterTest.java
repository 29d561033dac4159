package io.mailrouter.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormLetterTest {

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").subject("s");
    }

    @Test
    void fillsInSubjectTextAndHtml() {
        Email email = email().subject("Hello {{name}}")
                .text("Dear {{ name }},\r\ncode {{code}}{{code}}")
                .html("<p>{{name}}</p>")
                .variable("name", "Ada & Bob")
                .variables(Map.of("code", "42", "unused", "x"))
                .build();

        assertThat(email.subject()).isEqualTo("Hello Ada & Bob");
        assertThat(email.text()).isEqualTo("Dear Ada & Bob,\r\ncode 4242");
        assertThat(email.html()).isEqualTo("<p>Ada &amp; Bob</p>");
        assertThat(email.formLetter().orElseThrow().subject()).isEqualTo("Hello {{name}}");
        assertThat(email.formLetter().orElseThrow().variables()).containsEntry("unused", "x");
    }

    @Test
    void withoutVariablesBracesMeanNothing() {
        Email email = email().subject("{{name}}").text("{{#if}} }} {{").build();

        assertThat(email.subject()).isEqualTo("{{name}}");
        assertThat(email.text()).isEqualTo("{{#if}} }} {{");
        assertThat(email.formLetter()).isEmpty();
    }

    @Test
    @DisplayName("C7 a value is data: not filled in again, escaped in HTML, and unable to end the subject's line")
    void aValueIsData() {
        String evil = "{{code}}<script>\"x'&$1\\";
        EmailBuilder email = email().subject("{{name}}")
                .text("{{name}}")
                .html("<a title='{{name}}'>")
                .variable("code", "leak");
        Email filled = email.variable("name", evil).build();

        assertThat(filled.subject()).isEqualTo(evil);
        assertThat(filled.text()).isEqualTo(evil);
        assertThat(filled.html()).isEqualTo("<a title='{{code}}&lt;script&gt;&quot;x&#39;&amp;$1\\'>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\r", "\n", "\0", "\u2028"})
    @DisplayName("C1 a value with a control character is refused where it lands in the subject, without being shown")
    void controlCharactersReachNoSubject(String control) {
        EmailBuilder email = email().subject("{{name}}").text("t").variable("name", "canary" + control + "Bcc: x");

        assertThatThrownBy(email::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("subject holds the control character")
                .hasMessageNotContaining("canary");
        assertThat(email.subject("s").text("{{name}}").build().text()).contains(control);
    }

    @Test
    void aPlaceholderWithoutAValueIsAnErrorThatNamesIt() {
        EmailBuilder email = email().text("{{last_name}}").variable("name", "canary");

        assertThatThrownBy(email::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("variable last_name is missing: text uses it");
        assertThatThrownBy(email.text("").html("ab{{#if}}")::build)
                .hasMessage("html holds {{ at index 2 that begins no placeholder such as {{first_name}}");
    }

    @Test
    void malformedVariablesAreRefused() {
        EmailBuilder email = email().variable("a", "1");

        assertThatThrownBy(() -> email.variable("a", "2")).hasMessage("variable a stands twice");
        assertThatThrownBy(() -> email.variable("a b", "2")).hasMessageStartingWith("variable name needs");
        assertThatThrownBy(() -> email.variable("b", "\ud800")).hasMessageStartingWith("variable b holds half");
        assertThatThrownBy(email::build).hasMessageContaining("text and html are both empty");
        assertThatThrownBy(email.template(new Template("t", Map.of()))::build)
                .hasMessageContaining("variables fill subject, text and html");
    }

    @Test
    @DisplayName("C5 a long value named often, and too many values, are stopped")
    void boundsWhatIsFilledIn() {
        EmailBuilder email = email().text("{{v}}".repeat(50_000)).variable("v", "v".repeat(500_000));

        assertThatThrownBy(email::build).hasMessageStartingWith("text has more than 8388608 characters");
        for (int i = 1; i < 1_000; i++) {
            email.variable("v" + i, "");
        }
        assertThatThrownBy(() -> email.variable("last", "")).hasMessage("variables: at most 1000 are allowed");
    }

    @Test
    void theSameEmailForSomeOfItsRecipientsIsFilledInOnce() {
        Email email = email().to("bob@example.org")
                .text("{{a}}")
                .variable("a", "{{b}}")
                .variable("b", "x")
                .build();

        Email some = email.onlyTo(to -> to.localPart().equals("bob"));

        assertThat(some.text()).isEqualTo("{{b}}");
        assertThat(some.formLetter()).isEqualTo(email.formLetter());
    }

    @Test
    @DisplayName("C11 a form letter shows no text and no value")
    void showsNothingPersonal() {
        Email email = email().text("canary {{a}}").variable("a", "canary").build();

        assertThat(email.formLetter().orElseThrow()).hasToString("FormLetter[1 variables]");
    }
}
