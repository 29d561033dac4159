package io.mailrouter.route;

import java.util.Arrays;
import java.util.List;

/** Sorts few candidates by a number each. Of equals the earlier stays before. */
final class Ascending {

    private Ascending() {}

    static List<Candidate> by(double[] numbers, List<Candidate> candidates) {
        if (areAscending(numbers)) {
            return candidates;
        }
        Candidate[] sorted = new Candidate[numbers.length];
        for (int i = 0; i < sorted.length; i++) {
            double number = numbers[i];
            int at = i;
            while (at > 0 && numbers[at - 1] > number) {
                numbers[at] = numbers[at - 1];
                sorted[at] = sorted[at - 1];
                at--;
            }
            numbers[at] = number;
            sorted[at] = candidates.get(i);
        }
        return Arrays.asList(sorted);
    }

    private static boolean areAscending(double[] numbers) {
        for (int i = 1; i < numbers.length; i++) {
            if (numbers[i - 1] > numbers[i]) {
                return false;
            }
        }
        return true;
    }
}
