package cachecmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/cachecmd/keyspace"
	"github.com/keryx-go/keryx/internal/console"
)

// prefixRows is the maximum number of prefixes in the table of stats.
const prefixRows = 30

func statsCommand(r *runner) *cobra.Command {
	var sample int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show the hit ratio, and the memory by key prefix",
		Long: `Show the hit ratio and the memory of Redis, and its keys and their memory by
prefix. A prefix is up to two segments of a key, without the last one. Keys are
found with SCAN. With more keys than the sample, numbers by prefix are estimates.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if sample < 0 {
				return fmt.Errorf("a sample of %d keys is not possible; 0 means all keys", sample)
			}
			return console.NoArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.with(cmd, func(ctx context.Context, rdb goredis.UniversalClient) error {
				stats, err := keyspace.Collect(ctx, rdb, sample)
				if err != nil {
					return err
				}
				slices.SortFunc(stats.Prefixes, func(a, b *keyspace.Prefix) int {
					return cmp.Or(cmp.Compare(value(b.Memory), value(a.Memory)), cmp.Compare(b.Keys, a.Keys),
						cmp.Compare(a.Prefix, b.Prefix))
				})
				if !asJSON {
					return printStats(cmd, stats)
				}
				encoded, err := json.Marshal(stats)
				if err != nil {
					return err
				}
				return write(cmd, string(encoded)+"\n")
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().IntVar(&sample, "sample", 1000, "the number of keys to sample; 0 means all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func printStats(cmd *cobra.Command, s keyspace.Stats) error {
	w := cmd.OutOrStdout()
	about := console.Table{
		{"keys", fmt.Sprint(s.Keys)},
		{"hit ratio", hitRatio(s.Lookups)},
		{"memory", memory(s.Memory)},
	}
	if s.Masters > 1 {
		about = append(console.Table{{"masters", fmt.Sprint(s.Masters)}}, about...)
	}
	if err := about.Write(w); err != nil || len(s.Prefixes) == 0 {
		return err
	}
	fmt.Fprintln(w)
	if err := prefixTable(s).Write(w); err != nil {
		return err
	}
	var notes string
	if more := len(s.Prefixes) - prefixRows; more > 0 {
		notes += fmt.Sprintf("and %d more prefixes; --json has them\n", more)
	}
	if s.Estimated {
		notes += fmt.Sprintf("~ estimated from a sample of %d keys\n", s.Sampled)
	}
	if s.NoKeyMemory != "" {
		notes += fmt.Sprintf("the memory of keys is not known: MEMORY USAGE: %s\n", s.NoKeyMemory)
	}
	return write(cmd, notes)
}

func prefixTable(s keyspace.Stats) console.Table {
	about := ""
	if s.Estimated {
		about = "~"
	}
	header := []string{"PREFIX", "KEYS", "MEMORY"}
	if s.NoKeyMemory != "" {
		header = header[:2]
	}
	t := console.Table{header}
	for _, prefix := range s.Prefixes[:min(prefixRows, len(s.Prefixes))] {
		row := []string{prefix.Prefix, about + fmt.Sprint(prefix.Keys)}
		if prefix.Memory != nil {
			row = append(row, about+bytesize(*prefix.Memory))
		}
		t = append(t, row)
	}
	return t
}

func hitRatio(l *keyspace.Lookups) string {
	const since = "since Redis started, all commands of all clients"
	switch {
	case l == nil:
		return "not known: this server does not count hits and misses"
	case l.Ratio == nil:
		return "no lookups yet (" + since + ")"
	}
	return fmt.Sprintf("%.1f%% (%d hits, %d misses; %s)", *l.Ratio*100, l.Hits, l.Misses, since)
}

func memory(m *keyspace.Memory) string {
	switch {
	case m == nil:
		return "not known: this server does not report it"
	case m.Max == 0:
		return bytesize(m.Used) + ", no limit"
	}
	return bytesize(m.Used) + " of " + bytesize(m.Max)
}

// bytesize returns a number of bytes in a short form: "1.5 MB".
func bytesize(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n), -1
	for size >= 999.95 && unit < 4 {
		size /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %cB", size, "kMGTP"[unit])
}
