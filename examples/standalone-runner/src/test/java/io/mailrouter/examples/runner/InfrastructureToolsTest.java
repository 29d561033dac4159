package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Terraform and cfn-lint say about the infrastructure, where they are installed; nothing is written beside it. */
class InfrastructureToolsTest {

    private static final Path INFRASTRUCTURE =
            Path.of("../../infra").toAbsolutePath().normalize();

    @TempDir
    private Path directory;

    private void copy(String folder, List<String> names) throws IOException {
        Path from = INFRASTRUCTURE.resolve(folder);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = from.relativize(file).toString();
                if (names.stream().anyMatch(name::startsWith) && !name.contains(".terraform")) {
                    Files.createDirectories(directory.resolve(name).getParent());
                    Files.copy(file, directory.resolve(name));
                }
            }
        }
    }

    private static Tool terraform() throws Exception {
        return Tool.installed("terraform", "-version");
    }

    private void succeeds(Tool tool, String... arguments) throws Exception {
        Tool.Answer answer = tool.run(directory, arguments);
        assertThat(answer.code())
                .as("%s: %s", String.join(" ", arguments), answer.output())
                .isZero();
    }

    @Test
    void terraformFormatsItAsItStands() throws Exception {
        Tool.Answer answer = terraform().run(INFRASTRUCTURE, "fmt", "-check", "-recursive", "-diff", "-no-color");

        assertThat(answer.code()).as(answer.output()).isZero();
    }

    @Test
    void thePoliciesAreValidAndPassTheirTests() throws Exception {
        Tool terraform = terraform();
        copy("terraform/modules/policies", List.of(""));

        succeeds(terraform, "init", "-backend=false", "-no-color");
        succeeds(terraform, "validate", "-no-color");
        succeeds(terraform, "test", "-no-color");
    }

    @Test
    void variablesThatCannotWorkAreRefused() throws Exception {
        Tool terraform = terraform();
        copy("terraform", List.of("variables.tf", "tests/variables.tftest.hcl"));

        succeeds(terraform, "init", "-backend=false", "-no-color");
        succeeds(terraform, "test", "-no-color");
    }

    @Test
    void theModuleIsValidAndPassesItsTests() throws Exception {
        Tool terraform = terraform();
        copy("terraform", List.of(""));
        Tool.Answer init = terraform.run(directory, "init", "-backend=false", "-no-color");
        if (init.code() != 0) {
            Tool.skip("terraform cannot fetch the provider of the module here: "
                    + init.output()
                            .lines()
                            .filter(line -> line.contains("Error"))
                            .findFirst()
                            .orElse(init.output()));
        }

        succeeds(terraform, "validate", "-no-color");
        succeeds(terraform, "test", "-no-color");
    }

    @Test
    void cfnLintFindsNothingInTheTemplate() throws Exception {
        Tool cfnLint = Tool.installed("cfn-lint", "--version");
        Tool.Answer answer = cfnLint.run(INFRASTRUCTURE, "sam/template.yaml");

        assertThat(answer.code()).as(answer.output()).isZero();
    }

    @Test
    void theTemplatesFunctionIsThere() throws Exception {
        JsonNode worker = Policies.sam().at("/Resources/Worker/Properties");
        String handler = worker.path("Handler").asText().replace("::handleRequest", "");
        Path jar = INFRASTRUCTURE.resolve("sam").resolve(worker.path("CodeUri").asText());
        Path module = jar.normalize().getParent().getParent();
        Path source = module.resolve("src/main/java").resolve(handler.replace('.', '/') + ".java");

        assertThat(Files.readString(source)).contains("handleRequest(SQSEvent event, Context context)");
        assertThat(Files.readString(module.resolve("pom.xml")))
                .contains("${project.build.directory}/" + jar.getFileName() + "<");
        assertThat(Policies.sam().path("Description").asText())
                .contains("-pl examples/" + module.getFileName() + " -am package");
        String settings = Files.readString(source.resolveSibling("Settings.java"));
        worker.at("/Environment/Variables")
                .fieldNames()
                .forEachRemaining(name -> assertThat(settings).contains('"' + name + '"'));
    }
}
