package io.mailrouter.examples.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PipelineTest {

    @Test
    void losesNothingAndSendsNothingTwiceWhileAProviderFails() throws Exception {
        assertThat(Main.run("--mails", "600")).isZero();
    }

    @Test
    void refusesWhatItDoesNotKnow() throws Exception {
        assertThat(Main.run("--mials", "600")).isEqualTo(2);
        assertThat(Main.run("--mails")).isEqualTo(2);
        assertThat(Main.run("--mails", "0")).isEqualTo(2);
    }
}
