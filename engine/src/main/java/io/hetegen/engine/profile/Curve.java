package io.hetegen.engine.profile;

import java.util.Arrays;

/**
 * Measured seconds over a number of row tiles: straight lines between the points, the first one from the origin, the
 * last one prolonged. No tiles take no time.
 */
public final class Curve {

    private final int[] tiles;
    private final double[] seconds;

    /**
     * @param tiles at least one number, above 0 and rising
     * @param seconds of each, positive; the curve is made monotone, since more work that took less time was noise
     */
    public Curve(int[] tiles, double[] seconds) {
        if (tiles.length == 0 || tiles.length != seconds.length) {
            throw new IllegalArgumentException("a curve needs as many tiles as seconds and at least one, has "
                    + tiles.length + " and " + seconds.length);
        }
        this.tiles = tiles.clone();
        this.seconds = seconds.clone();
        for (int i = 0; i < tiles.length; i++) {
            if (tiles[i] <= (i == 0 ? 0 : tiles[i - 1])) {
                throw new IllegalArgumentException(
                        "the tiles of a curve must rise from 1, are " + Arrays.toString(tiles));
            }
            if (!(seconds[i] > 0 && seconds[i] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("the seconds of a curve must be positive, one is " + seconds[i]);
            }
            this.seconds[i] = Math.max(seconds[i], i == 0 ? 0 : this.seconds[i - 1]);
        }
    }

    public double at(int count) {
        int last = tiles.length - 1;
        int right = 0;
        while (right < last && tiles[right] < count) {
            right++;
        }
        double fromTiles = right == 0 ? 0 : tiles[right - 1];
        double fromSeconds = right == 0 ? 0 : seconds[right - 1];
        double slope = (seconds[right] - fromSeconds) / (tiles[right] - fromTiles);
        return fromSeconds + slope * (count - fromTiles);
    }

    public int[] tiles() {
        return tiles.clone();
    }

    public double[] seconds() {
        return seconds.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Curve curve
                && Arrays.equals(tiles, curve.tiles)
                && Arrays.equals(seconds, curve.seconds);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(tiles) + Arrays.hashCode(seconds);
    }

    @Override
    public String toString() {
        return "Curve" + Arrays.toString(tiles) + Arrays.toString(seconds);
    }
}
