package bench

import (
	"fmt"
	"io"
)

// report prints the table.
func report(w io.Writer, seed int64, all []figures) {
	fmt.Fprintf(w, "Seed %d: %d addresses on %d ENIs, then %d detaches. Times in seconds of virtual time.\n",
		seed, theStorm.interfaces*theStorm.addresses, theStorm.interfaces, theStorm.interfaces)
	fmt.Fprintln(w, boundFormula)
	fmt.Fprintln(w, "a: the vendor's call under backoff/v4's Retry   b: the same in batches of ten, errgroup limit", atOnce, "  c: this library")
	var last string
	for _, f := range all {
		group := fmt.Sprintf("%s  %s  quota %d a second, %s", f.Cloud, f.Storm, f.Quota, rateText(f.Configured))
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
	}
}

func rateText(configured bool) string {
	if configured {
		return "configured"
	}
	return "estimated"
}
