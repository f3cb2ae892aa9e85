package io.hetegen.engine.linear;

import io.hetegen.engine.GpuShare;
import io.hetegen.engine.plan.GroupKind;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.RowTiles;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Where each linear of a model is cut in one kind of pass, as far as what is resident and the ring allow: first come
 * resident tiles, then streamed ones, the rest is the CPU's.
 *
 * @param resident by linear: its resident tiles that are used
 * @param cut by group and linear in it: the first tile of the CPU
 * @param slices by group and linear in it: its streamed tiles
 * @param schedule all slices in the order of their use
 */
record Cuts(int[] resident, List<int[]> cut, List<List<List<Slice>>> slices, List<Slice> schedule) {

    /** Nothing is the GPU's. */
    static Cuts none(List<SplitLinear> groups) {
        int linears = groups.stream().mapToInt(group -> group.linears().size()).sum();
        return new Cuts(
                new int[linears],
                groups.stream().map(group -> new int[group.linears().size()]).toList(),
                groups.stream()
                        .map(group -> group.linears().stream()
                                .map(linear -> List.<Slice>of())
                                .toList())
                        .toList(),
                List.of());
    }

    /**
     * @param ratios by linear
     * @param onGpu by linear: its tiles that lie in the GPU's memory
     * @param sliceBytes most that is copied at a time; tiles that are larger are not streamed
     */
    static Cuts of(List<SplitLinear> groups, List<SplitRatio> ratios, int[] onGpu, long sliceBytes) {
        int[] resident = new int[ratios.size()];
        List<int[]> cuts = new ArrayList<>();
        List<List<List<Slice>>> slices = new ArrayList<>();
        List<Slice> schedule = new ArrayList<>();
        int index = 0;
        for (SplitLinear group : groups) {
            int[] cut = new int[group.linears().size()];
            List<List<Slice>> ofGroup = new ArrayList<>();
            for (int i = 0; i < cut.length; i++, index++) {
                RowTiles weights = group.linears().get(i).weights();
                SplitRatio ratio = ratios.get(index);
                if (ratio.tiles() != weights.tiles()) {
                    throw new IllegalArgumentException(
                            ratio + " does not fit a linear of " + weights.tiles() + " tiles");
                }
                resident[index] = Math.min(ratio.residentTiles(), onGpu[index]);
                boolean fits = weights.layout().tileBytes() <= sliceBytes;
                cut[i] = resident[index] + (fits ? ratio.streamedTiles() : 0);
                ofGroup.add(slices(group.linears().get(i), resident[index], cut[i], sliceBytes));
                schedule.addAll(ofGroup.get(i));
            }
            cuts.add(cut);
            slices.add(ofGroup);
        }
        return new Cuts(resident, cuts, slices, schedule);
    }

    /** Of the tiles, the part that is the GPU's. */
    GpuShare share(List<SplitLinear> groups) {
        Map<GroupKind, Double> ofGroups = new EnumMap<>(GroupKind.class);
        for (GroupKind kind : GroupKind.values()) {
            ofGroups.put(kind, share(groups, kind::equals));
        }
        return new GpuShare(share(groups, kind -> true), ofGroups);
    }

    private double share(List<SplitLinear> groups, Predicate<GroupKind> kinds) {
        long gpu = 0;
        long all = 0;
        for (int group = 0; group < cut.size(); group++) {
            if (kinds.test(groups.get(group).kind())) {
                gpu += IntStream.of(cut.get(group)).sum();
                all += groups.get(group).linears().stream()
                        .mapToInt(Linear::tiles)
                        .sum();
            }
        }
        return (double) gpu / Math.max(1, all);
    }

    /** Of nearly equal size, so that each takes as long as the one that is copied behind it. */
    private static List<Slice> slices(Linear linear, int from, int to, long sliceBytes) {
        List<Slice> slices = new ArrayList<>();
        int most = Math.toIntExact(Math.min(
                Integer.MAX_VALUE, sliceBytes / linear.weights().layout().tileBytes()));
        int count = from == to ? 0 : (to - from - 1) / most + 1;
        for (int i = 0; i < count; i++) {
            int first = from + (int) ((long) (to - from) * i / count);
            int end = from + (int) ((long) (to - from) * (i + 1) / count);
            slices.add(new Slice(linear, first, end - first));
        }
        return slices;
    }
}
