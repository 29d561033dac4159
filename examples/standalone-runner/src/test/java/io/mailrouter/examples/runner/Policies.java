package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** What the policies under {@code infra} allow, as {@code action on resource}. */
final class Policies {

    private static final Path INFRASTRUCTURE = Path.of("../../infra");

    private Policies() {}

    /** Reads a policy of the Terraform module; a placeholder stands for each ARN. */
    static Set<String> ofTerraform(String name) throws IOException {
        Path file = INFRASTRUCTURE.resolve("terraform/modules/policies/templates/" + name + ".json.tftpl");
        return permissions(new JsonMapper().readTree(Files.readString(file)));
    }

    /** Reads the policy of the SAM template's role. */
    static Set<String> ofSam() throws IOException {
        return permissions(sam().at("/Resources/Role/Properties/Policies/0/PolicyDocument"));
    }

    static JsonNode sam() throws IOException {
        return new YAMLMapper().readTree(Files.readString(INFRASTRUCTURE.resolve("sam/template.yaml")));
    }

    private static Set<String> permissions(JsonNode policy) {
        Set<String> permissions = new TreeSet<>();
        for (JsonNode statement : policy.path("Statement")) {
            for (JsonNode action : statement.path("Action")) {
                permissions.add(action.asText() + " on "
                        + resource(statement.path("Resource").toString()));
            }
        }
        return permissions;
    }

    private static String resource(String arns) {
        return switch (arns) {
            case "\"${queue_arn}\"", "\"Queue.Arn\"" -> "queue";
            case "\"${dead_letter_queue_arn}\"", "\"DeadLetters.Arn\"" -> "dead letters";
            case "\"*\"" -> "*";
            default -> {
                if (arns.contains("log_group_arn") || arns.contains(":log-group:")) {
                    yield "logs";
                }
                yield arns.contains("configuration") && arns.contains("identity") ? "emails" : arns;
            }
        };
    }
}
