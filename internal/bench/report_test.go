// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"slices"
)

// report prints the table.
func report(w io.Writer, seed int64, all []figures) {
	fmt.Fprintf(w, "Seed %d: %d addresses on %d ENIs, then %d detaches; at 60 a minute, and where the effect is late, %d on %d. Times in seconds of virtual time.\n",
		seed, theStorm.interfaces*theStorm.addresses, theStorm.interfaces, theStorm.interfaces,
		smallStorm.interfaces*smallStorm.addresses, smallStorm.interfaces)
	fmt.Fprintln(w, boundFormula)
	fmt.Fprintln(w, "a: the vendor's call under backoff/v4's Retry   b: the same in batches of ten, errgroup limit", atOnce, "  c: this library")
	var last string
	for _, f := range all {
		group := f.group()
		if group != last {
			last = group
			fmt.Fprintf(w, "\n%s   bound %.2f + %.2f = %.2f   fewest changes %d\n", group, f.BoundAddresses, f.BoundDetaches, f.Bound, f.Fewest)
			fmt.Fprintf(w, "  %s %9s %9s %8s %7s | %8s %7s %9s %9s %6s | %9s %7s %9s %8s | %8s %8s %7s %6s\n", " ",
				"addresses", "detaches", "makespan", "÷ bound", "changes", "÷ few", "conflicts", "throttled", "lost",
				"describes", "tasks", "throttled", "÷ detach", "p50", "p99", "gave up", "real")
		}
		fmt.Fprintf(w, "  %s %9.2f %9.2f %8.2f %7.2f | %8d %7.2f %9d %9d %6d | %9d %7d %9d %8.2f | %8.2f %8.2f %7d %6.1f\n",
			f.Client, f.Addresses, f.Detaches, f.Makespan, f.Makespan/f.Bound,
			f.Changes, float64(f.Changes)/float64(f.Fewest), f.Conflicts, f.Throttles, f.Lost,
			f.Describes, f.Tasks, f.ThrottledQueries, f.PerDetach, f.P50, f.P99, f.GaveUp, f.Real)
		if f.LeastShare > 0 {
			fmt.Fprintf(w, "     the slower client had %.0f %% when the other had released all\n", 100*f.LeastShare)
		}
	}
}

// group names the rules that a figure was got under.
func (f figures) group() string {
	group := fmt.Sprintf("%s  %s  quota %s, %s", f.Cloud, f.Storm, f.limit, rateText(f.Configured))
	if f.EffectS > 0 {
		group += fmt.Sprintf(", effect after %g s", f.EffectS)
	}
	return group
}

// summarize prints the median and the worst of the seeds.
func summarize(w io.Writer, seeds int, all []figures) {
	fmt.Fprintf(w, "Median and worst of %d seeds. %s.\n\n", seeds, boundFormula)
	fmt.Fprintf(w, "%-84s %2s | %11s | %12s | %11s | %11s | %9s | %9s | %11s | %7s\n",
		"", "", "÷ bound", "throttled %", "÷ few", "p99 ÷ p50", "conflicts", "of a call", "least share", "gave up")
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(f figures) bool { return f.group() != all[0].group() || f.Client != all[0].Client })
		if n < 0 {
			n = len(all)
		}
		of := func(least bool, value func(figures) float64) (median, worst float64) {
			var list []float64
			for _, f := range all[:n] {
				list = append(list, value(f))
			}
			slices.Sort(list)
			if least {
				slices.Reverse(list)
			}
			return list[len(list)/2], list[len(list)-1]
		}
		fmt.Fprintf(w, "%-84s %2s", all[0].group(), all[0].Client)
		for _, c := range []struct {
			format string
			least  bool // the least is the worst
			value  func(figures) float64
		}{
			{" | %5.2f %5.2f", false, func(f figures) float64 { return f.Makespan / f.Bound }},
			{" | %5.1f  %5.1f", false, func(f figures) float64 { return 100 * float64(f.Throttles) / float64(f.Changes) }},
			{" | %5.2f %5.2f", false, func(f figures) float64 { return float64(f.Changes) / float64(f.Fewest) }},
			{" | %5.2f %5.2f", false, func(f figures) float64 { return f.P99 / f.P50 }},
			{" | %4.0f %4.0f", false, func(f figures) float64 { return float64(f.Conflicts) }},
			{" | %4.0f %4.0f", false, func(f figures) float64 { return float64(f.ConflictsOfCall) }},
			{" | %5.2f %5.2f", true, func(f figures) float64 { return f.LeastShare }},
			{" | %3.0f %3.0f", false, func(f figures) float64 { return float64(f.GaveUp) }},
		} {
			median, worst := of(c.least, c.value)
			fmt.Fprintf(w, c.format, median, worst)
		}
		fmt.Fprintln(w)
		all = all[n:]
	}
}

func rateText(configured bool) string {
	if configured {
		return "configured"
	}
	return "estimated"
}
