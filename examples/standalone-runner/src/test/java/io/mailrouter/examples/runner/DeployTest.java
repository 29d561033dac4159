package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the systemd unit and the Dockerfile name is there, and is right. */
class DeployTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path UNIT = Path.of("deploy/mailrouter-runner.service");
    private static final Path DOCKERFILE = Path.of("deploy/Dockerfile");
    private static final Path ENVIRONMENT = Path.of("deploy/runner.env");
    private static final Duration MARGIN = Duration.ofSeconds(10);
    private static final int CREDENTIALS = 250;

    private static String only(Path file, String regex) throws IOException {
        List<String> found = all(file, regex);
        assertThat(found).as("%s in %s", regex, file).hasSize(1);
        return found.get(0);
    }

    private static List<String> all(Path file, String regex) throws IOException {
        return Pattern.compile(regex, Pattern.MULTILINE)
                .matcher(Files.readString(file))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static Map<String, String> environmentFile() throws IOException {
        Map<String, String> variables = new TreeMap<>();
        for (String line : Files.readAllLines(ENVIRONMENT)) {
            if (!line.startsWith("#") && !line.isBlank()) {
                variables.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
            }
        }
        return variables;
    }

    private static Duration longestStop() throws IOException {
        QueueUse defaults = Settings.from(withKey(environmentFile())).queueUse();
        return defaults.stopTimeout().plus(defaults.waitTime()).plus(MARGIN);
    }

    private static Map<String, String> withKey(Map<String, String> variables) {
        variables.put("SENDGRID_API_KEY", "SG.local");
        return variables;
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy/mailrouter-runner.service", "deploy/Dockerfile"})
    void theJarIsWhatTheirOwnCommandBuilds(String file) throws IOException {
        List<String> modules = all(Path.of(file), "mvn .*-pl (\\S+) -am package");
        String pom = Files.readString(Path.of("pom.xml"));

        assertThat(modules).hasSize(1);
        assertThat(ROOT.resolve(modules.get(0))).isEqualTo(Path.of("").toAbsolutePath());
        Matcher jar = Pattern.compile("<outputFile>\\$\\{project.build.directory}/(.*)</outputFile>")
                .matcher(pom);
        assertThat(jar.find()).isTrue();
        assertThat(Files.readString(Path.of(file)))
                .contains(modules.get(0) + "/target/" + jar.group(1) + " /opt/mailrouter/" + jar.group(1));
        assertThat(all(Path.of(file), "-jar\"?,? ?\"?([^\\s\"]+)")).containsOnly("/opt/mailrouter/" + jar.group(1));
    }

    @Test
    void everyVariableIsKnownAndTheEnvironmentFileIsRight() throws IOException {
        List<String> names = Stream.of(UNIT, DOCKERFILE, ENVIRONMENT)
                .flatMap(file -> {
                    try {
                        return Pattern.compile("\\b((MAILROUTER|SENDGRID|SMTP)_[A-Z_]+)=")
                                .matcher(Files.readString(file))
                                .results()
                                .map(name -> name.group(1));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();

        assertThat(names).contains("SENDGRID_API_KEY_FILE", "MAILROUTER_HTTP").isSubsetOf(VariablesTest.read());
        assertThat(Settings.from(withKey(environmentFile())).queues()).hasSize(1);
    }

    @Test
    void secretsComeAsFilesAndAreInNoneOfThem() throws IOException {
        String credential = only(UNIT, "^LoadCredential=([^:]+):/etc/mailrouter/secrets/\\1$");

        assertThat(only(UNIT, "^Environment=SENDGRID_API_KEY_FILE=%d/(.*)$")).isEqualTo(credential);
        for (Path file : List.of(UNIT, DOCKERFILE, ENVIRONMENT)) {
            assertThat(Files.readString(file)).doesNotContainPattern("(KEY|PASSWORD|SECRET)=|AWS_SECRET|SG\\.");
        }
    }

    @Test
    void aStopHasMoreTimeThanTheRunnerTakes() throws IOException {
        Duration unit = Duration.ofSeconds(Long.parseLong(only(UNIT, "^TimeoutStopSec=(\\d+)$")));
        Duration docker = Duration.ofSeconds(Long.parseLong(only(DOCKERFILE, "--stop-timeout (\\d+)")));

        assertThat(unit).isGreaterThanOrEqualTo(longestStop());
        assertThat(docker).isGreaterThanOrEqualTo(longestStop());
        assertThat(only(UNIT, "^KillSignal=(.*)$")).isEqualTo("SIGTERM");
        assertThat(only(DOCKERFILE, "^STOPSIGNAL (.*)$")).isEqualTo("SIGTERM");
        assertThat(only(DOCKERFILE, "^ENTRYPOINT (.*)$"))
                .as("no shell between signal and JVM")
                .startsWith("[\"java\"");
    }

    @Test
    void thePagesAreWhereTheRunnerHasThem() throws IOException {
        int port = Settings.from(withKey(environmentFile())).http().getPort();

        assertThat(only(DOCKERFILE, "^EXPOSE (\\d+)$")).isEqualTo(String.valueOf(port));
        assertThat(only(DOCKERFILE, "MAILROUTER_HTTP=(\\S+)"))
                .as("reached from outside the container")
                .isEqualTo("0.0.0.0:" + port);
        assertThat(only(DOCKERFILE, "-p (\\S+)"))
                .as("and not from outside the host")
                .isEqualTo("127.0.0.1:" + port + ":" + port);
        assertThat(only(DOCKERFILE, "http://127.0.0.1:(\\d+)/health")).isEqualTo(String.valueOf(port));
    }

    @Test
    void exitCodesAreThoseOfTheRunner() throws IOException {
        String help = Help.text();

        assertThat(only(UNIT, "^Restart=(.*)$")).isEqualTo("on-failure");
        assertThat(help)
                .containsPattern("(?m)^ {4}" + only(UNIT, "^RestartPreventExitStatus=(\\d+)$") + " .*environment");
        assertThat(only(UNIT, "^SuccessExitStatus=(\\d+)$")).isEqualTo("143");
    }

    @Test
    void theContainerIsNotRoot() throws IOException {
        assertThat(only(DOCKERFILE, "^USER (\\S+)$")).matches("[1-9]\\d*").isEqualTo(only(DOCKERFILE, "-u (\\d+)"));
        assertThat(all(DOCKERFILE, "^(FROM) ")).as("the build stays behind").hasSize(2);
        assertThat(only(DOCKERFILE, "^COPY --from=(\\S+) ")).isEqualTo(only(DOCKERFILE, " AS (\\S+)$"));
    }

    @Test
    void filesThatTheUnitInstallsAreThere() throws IOException {
        List<String> sources = Pattern.compile("install -D -m \\d+ (examples/\\S+/deploy/\\S+)")
                .matcher(Files.readString(UNIT))
                .results()
                .map((MatchResult source) -> source.group(1))
                .toList();

        assertThat(sources).hasSize(2).allMatch(source -> Files.exists(ROOT.resolve(source)));
        assertThat(only(UNIT, "^EnvironmentFile=(.*)$")).isEqualTo("/etc/mailrouter/runner.env");
    }

    @Test
    void systemdUnderstandsTheUnit(@TempDir Path directory) throws Exception {
        Tool systemd = Tool.installed("systemd-analyze", "--version");
        Matcher version = Pattern.compile("^systemd (\\d+)")
                .matcher(systemd.run(directory, "--version").output());
        if (!version.find() || Integer.parseInt(version.group(1)) < CREDENTIALS) {
            Tool.skip("systemd is older than " + CREDENTIALS + " here, and does not know credentials in full");
        }
        // It also asks whether the program is there, which it is only where the runner is installed.
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Path copy = Files.writeString(
                directory.resolve("mailrouter-runner.service"),
                Files.readString(UNIT).replace("/usr/bin/java", java));
        Tool.Answer answer = systemd.run(directory, "verify", "--man=no", copy.toString());

        if (answer.code() != 0 && !answer.output().contains("mailrouter-runner.service")) {
            Tool.skip("systemd-analyze is not usable here: " + answer.output());
        }
        assertThat(answer.output()).doesNotContain("mailrouter-runner.service");
        assertThat(answer.code()).isZero();
    }
}
