package io.mailrouter.sqs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.mailrouter.sqs");

    private static final DescribedPredicate<JavaClass> NOT_A_FRONTS_BUSINESS = DescribedPredicate.describe(
            "parts of core that are no front's business",
            type -> type.getPackageName().startsWith("io.mailrouter")
                    && !type.getPackageName().startsWith("io.mailrouter.sqs")
                    && !type.getPackageName().equals("io.mailrouter")
                    && !type.getPackageName().equals("io.mailrouter.email")
                    && !type.getPackageName().equals("io.mailrouter.provider")
                    && !type.getFullName().equals("io.mailrouter.health.HealthState"));

    @Test
    void aFrontSeesTheServiceTheEmailAndTheValuesInItsSignatures() {
        noClasses().should().dependOnClassesThat(NOT_A_FRONTS_BUSINESS).check(CLASSES);
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.mailrouter.provider.EmailProvider")
                .check(CLASSES);
    }

    @Test
    void theFormatOfAMessageKnowsNothingOfTheQueue() {
        noClasses()
                .that()
                .resideInAPackage("io.mailrouter.sqs.message")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.mailrouter.sqs", "software.amazon.awssdk..")
                .check(CLASSES);
    }

    @Test
    void decisionsDoNoInputOrOutput() {
        noClasses()
                .that()
                .haveSimpleNameStartingWith("Disposition")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("software.amazon.awssdk..", "org.slf4j..", "java.util.concurrent..")
                .check(CLASSES);
    }

    @Test
    void nothingIsFoundByReflectionOrChangedForEveryone() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ServiceLoader.class)
                .orShould()
                .callMethod(System.class, "setProperty", String.class, String.class)
                .check(CLASSES);
        fields().that()
                .areStatic()
                .and()
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .beFinal()
                .check(CLASSES);
    }
}
