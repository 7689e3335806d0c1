package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// report prints medians.
func report(w io.Writer, o options, s *site, results map[string]map[int][]sample) {
	protocol := "text"
	if o.prepared {
		protocol = "prepared"
	}
	fmt.Fprintf(w, "\nPoint selects, %s protocol, one shard, medians of %d rounds of %s; answers checked.\n\n", protocol, o.rounds, o.seconds)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WAY\tCLIENTS\tQUERIES/S\tLATENCY MS\tCPU US/QUERY\tOF HAPROXY'S")
	for _, clients := range o.connections {
		base := median(results["haproxy"][clients], sample.cpuPerQuery)
		for _, way := range s.ways {
			samples := results[way.name][clients]
			cpu := median(samples, sample.cpuPerQuery)
			fmt.Fprintf(t, "%s\t%d\t%.0f\t%.3f\t%s\t%s\n", way.name, clients, median(samples, sample.perSecond),
				median(samples, func(s sample) float64 { return s.latency.Seconds() * 1000 }), orDash(cpu, "%.1f"), orDash(ratio(cpu, base), "%.2f"))
		}
	}
	_ = t.Flush()
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func orDash(value float64, format string) string {
	if value == 0 {
		return "-"
	}
	return fmt.Sprintf(format, value)
}

// median returns the middle of a figure over samples, 0 of none.
func median(samples []sample, figure func(sample) float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	var values []float64
	for _, s := range samples {
		values = append(values, figure(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
