package io.mailrouter.examples.runner;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter.examples.runner");

    @Test
    void sendsThroughTheServiceOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "software.amazon.awssdk.services.sesv2..", "com.sendgrid..", "jakarta.mail..", "io.lettuce..")
                .check(CLASSES);
    }

    @Test
    void keepsNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }
}
