// Command bench measures what a point select costs direct, through HAProxy in
// TCP mode and through the proxy, all to one mysqld, in interleaved rounds. The
// figure to compare is the CPU time of the process in the middle per query:
// throughput on a shared machine swings with whatever else runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	program     string
	haproxy     string
	rounds      int
	seconds     time.Duration
	connections []int
	prepared    bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	connections := f.String("connections", "1,16", "how many clients, one figure per column")
	f.StringVar(&o.program, "program", "bin/shardway", "the shardway program")
	f.StringVar(&o.haproxy, "haproxy", "haproxy", "the haproxy program; empty leaves it out")
	f.IntVar(&o.rounds, "rounds", 3, "how often each is measured; medians are printed")
	f.DurationVar(&o.seconds, "time", 4*time.Second, "how long each measurement takes")
	f.BoolVar(&o.prepared, "prepared", false, "prepared statements instead of text")
	if err := f.Parse(args); err != nil {
		return err
	}
	for text := range strings.SplitSeq(*connections, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a number of clients", text)
		}
		o.connections = append(o.connections, n)
	}
	site, err := build(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer site.close()
	if err := site.fill(ctx); err != nil {
		return err
	}
	results, err := measureAll(ctx, o, site, stderr)
	if err != nil {
		return err
	}
	report(stdout, o, site, results)
	return nil
}

// measureAll measures every way with every number of clients, round by round.
func measureAll(ctx context.Context, o options, s *site, progress io.Writer) (map[string]map[int][]sample, error) {
	results := make(map[string]map[int][]sample)
	for round := 1; round <= o.rounds; round++ {
		for _, clients := range o.connections {
			for _, w := range s.ways {
				one, err := measure(ctx, w, clients, o)
				if err != nil {
					return nil, fmt.Errorf("%s with %d clients: %w", w.name, clients, err)
				}
				fmt.Fprintf(progress, "round %d, %2d clients, %-8s %9.0f queries/s\n", round, clients, w.name, one.perSecond())
				if results[w.name] == nil {
					results[w.name] = make(map[int][]sample)
				}
				results[w.name][clients] = append(results[w.name][clients], one)
			}
		}
	}
	return results, nil
}
