package io.mailrouter.redis;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModuleRulesTest {

    private final JavaClasses module = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter.redis");

    @Test
    void seesTheStoreSpisAndTheProvidersValuesOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.mailrouter.redis",
                        "io.mailrouter.health",
                        "io.mailrouter.idempotency",
                        "io.mailrouter.limit",
                        "io.mailrouter.suppression",
                        "io.mailrouter.provider",
                        "io.mailrouter.email",
                        "io.lettuce.core..",
                        "io.netty..",
                        "org.slf4j",
                        "org.jspecify.annotations",
                        "java..",
                        "javax.net.ssl",
                        "javax.crypto..")
                .check(module);
    }

    @Test
    void lettuceAppearsWhereTheUserHandsItInOnly() {
        Set<JavaClass> open = module.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .collect(Collectors.toSet());

        assertThat(open)
                .extracting(JavaClass::getSimpleName)
                .containsExactlyInAnyOrder("RedisFleet", "Builder", "Retention", "SuppressionListSettings");
        assertThat(open)
                .allSatisfy(type -> assertThat(Stream.of(type.getMethods().stream(), type.getConstructors().stream())
                                .flatMap(units -> units)
                                .filter(unit -> !unit.getModifiers().contains(JavaModifier.PRIVATE))
                                .filter(unit -> !unit.getFullName().contains("$Builder.client("))
                                .flatMap(unit -> Stream.concat(
                                        Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream()))
                                .map(JavaClass::getPackageName))
                        .noneMatch(name -> name.startsWith("io.lettuce") || name.startsWith("io.netty")));
    }

    @Test
    void whatCountsKnowsNothingOfTheNetwork() {
        noClasses()
                .that()
                .haveNameMatching(".*\\.(Tally|Deltas|Backlog|RedisFleet)")
                .should()
                .dependOnClassesThat(describe(
                        "the network",
                        type -> type.getPackageName().startsWith("io.lettuce")
                                || type.getPackageName().startsWith("io.netty")
                                || type.getName().startsWith("java.net.Socket")))
                .check(module);
    }

    @Test
    void neverAsksTheWallClock() {
        noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .because("R12: only the server's clock and nanoTime count")
                .check(module);
    }

    @Test
    void usesNoReflectionServiceLoaderSystemPropertyOrOpenStaticState() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ServiceLoader.class)
                .orShould()
                .callMethod(System.class, "setProperty", String.class, String.class)
                .check(module);
        fields().that().areStatic().should().beFinal().check(module);
        noFields()
                .that()
                .areStatic()
                .and()
                .areNotPrivate()
                .and()
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .haveRawType(describe("a container", type -> type.isArray() || type.isAssignableTo(Iterable.class)))
                .check(module);
    }
}
