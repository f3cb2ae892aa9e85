package io.hetegen.jobs.cli;

import io.hetegen.engine.plan.ModelShape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Tokens/s over GPU memory in GB that HeteGen (Zhao et al., MLSys 2024, figure 8) published for itself and for FlexGen,
 * read off the figure to about 2 %: A10 24 GB, at most 16 cores, fp16, batch 1, prefill 512, generate 64.
 */
record PublishedResults(List<Point> hetegen, List<Point> flexgen) {

    private static final Map<String, PublishedResults> BY_MODEL = Map.of(
            "synthetic:opt-6.7b:f16",
            new PublishedResults(
                    points(0.9, 4.2, 1.9, 4.7, 3.8, 5.6, 5.0, 6.0, 7.9, 9.2, 9.9, 10.6, 11.6, 13.8, 13.0, 18.4),
                    points(1.0, 1.6, 1.9, 1.8, 5.9, 2.6, 7.0, 3.1, 7.9, 3.5, 11.9, 8.7, 12.9, 9.6)),
            "synthetic:opt-13b:f16",
            new PublishedResults(
                    points(1.1, 2.53, 3.0, 2.77, 7.1, 3.53, 8.9, 4.04, 12.9, 4.61, 17.0, 6.75, 18.9, 7.23),
                    points(1.2, 0.89, 3.0, 0.98, 10.8, 1.44, 12.8, 1.63, 14.9, 1.91)),
            "synthetic:opt-30b:f16",
            new PublishedResults(
                    points(1.7, 1.20, 6.2, 1.37, 10.8, 1.56, 15.7, 1.76, 20.3, 2.01), points(1.7, 0.40, 6.0, 0.43)));

    /** One point of the figure. */
    record Point(double gigabytes, double tokensPerSecond) {}

    static Optional<PublishedResults> of(ModelShape model) {
        return Optional.ofNullable(BY_MODEL.get(model.name()));
    }

    /** At so much memory, on straight lines between the points; none beyond them. */
    static OptionalDouble at(List<Point> points, double gigabytes) {
        for (int i = 0; i < points.size(); i++) {
            Point right = points.get(i);
            if (gigabytes == right.gigabytes) {
                return OptionalDouble.of(right.tokensPerSecond);
            }
            if (i > 0 && gigabytes < right.gigabytes && gigabytes > points.get(i - 1).gigabytes) {
                Point left = points.get(i - 1);
                double share = (gigabytes - left.gigabytes) / (right.gigabytes - left.gigabytes);
                return OptionalDouble.of(left.tokensPerSecond + share * (right.tokensPerSecond - left.tokensPerSecond));
            }
        }
        return OptionalDouble.empty();
    }

    private static List<Point> points(double... numbers) {
        Point[] points = new Point[numbers.length / 2];
        for (int i = 0; i < points.length; i++) {
            points[i] = new Point(numbers[2 * i], numbers[2 * i + 1]);
        }
        return List.of(points);
    }
}
