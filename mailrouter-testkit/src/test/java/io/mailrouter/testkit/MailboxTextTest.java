package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxTextTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "ada@example.org, ``",
                "<ada@example.org>, ``",
                "Ada Lovelace <ada@example.org>, Ada Lovelace",
                "`\"Lovelace, Ada\" <ada@example.org>`, `Lovelace, Ada`",
                "`\"say \\\"hi\\\" \\\\\" <ada@example.org>`, `say \"hi\" \\`",
                "=?UTF-8?B?w4Rk?= =?utf-8?b?YQ==?= <ada@example.org>, Äda",
                "=?UTF-8?Q?=C3=84da_L?= <ada@example.org>, Äda L",
                "Ada =?UTF-8?Q?=C3=84?= X <ada@example.org>, Ada Ä X",
            })
    void readsNamesHoweverTheyAreWritten(String text, String name) throws Refusal {
        assertThat(MailboxText.parse("To", text)).isEqualTo(new Mailbox(name, "ada@example.org"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ada",
                "Ada <ada@example.org",
                "Äda <ada@example.org>",
                "<äda@example.org>",
                "\"Ada <ada@example.org>",
                "=?UTF-8?B?w4?= <ada@example.org>",
                "=?UTF-8?Q?=C3?= <ada@example.org>",
                "=?ISO-8859-1?Q?=C4?= <ada@example.org>",
                "=?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?= <ada@example.org>"
            })
    void refusesWhatAServiceWouldRefuse(String text) {
        assertThatThrownBy(() -> MailboxText.parse("To", text)).isInstanceOf(Refusal.class);
    }

    @Test
    void namesTheFieldAndNotTheAddress() {
        assertThatThrownBy(() -> MailboxText.parse("To", "ada")).hasMessage("To: Illegal address");
    }
}
