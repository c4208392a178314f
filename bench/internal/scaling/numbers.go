package scaling

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// median returns the median of a measure of a cluster's rounds.
func median(c *Cluster, measure func(Round) float64) float64 {
	var values []float64
	for _, r := range c.Rounds {
		values = append(values, measure(r))
	}
	return stats.Median(values)
}

// ratios compares the capacity in each round with that of another cluster in the same
// round.
func ratios(c, base *Cluster) stats.Range {
	var values []float64
	for i := range min(len(c.Rounds), len(base.Rounds)) {
		values = append(values, c.Rounds[i].capacity()/base.Rounds[i].capacity())
	}
	return stats.RangeOf(values)
}

// The kinds of commands that nodes send without any message.
var kinds = []struct {
	name     string
	commands []string
}{
	{"proofs", []string{"publish", "del", "info", "client|info"}},
	{"pings", []string{"ping"}},
	{"orders to sockets", []string{"xrange", "xrevrange"}},
	{"sessions of sockets", []string{"getrange"}},
	{"heartbeats", []string{"evalsha", "eval"}},
}

// calls returns the number of calls of some commands.
func (u Usage) calls(names ...string) int64 {
	var sum int64
	for _, name := range names {
		sum += u.Commands[name]
	}
	return sum
}

// all returns the number of all calls, without those that open connections.
func (u Usage) all() int64 {
	var sum int64
	for name, calls := range u.Commands {
		if name != "hello" && !strings.HasPrefix(name, "client|set") {
			sum += calls
		}
	}
	return sum
}

// sent returns the number of commands that came over connections. Scripts publish, too;
// what they call is not counted.
func (c *Cost) sent() int64 {
	if scripts := c.Usage.calls("evalsha", "eval"); scripts > 0 {
		return scripts + c.Usage.calls("subscribe", "unsubscribe")
	}
	return c.Usage.all()
}

// each returns a number for one operation.
func (c *Cost) each(n int64) float64 { return float64(n) / float64(c.Times) }

// cpu returns the processor time of Redis for one operation in µs.
func (c *Cost) cpu() float64 {
	return stats.Known(stats.In(time.Microsecond, c.Usage.CPU) / float64(c.Times))
}

// perSecond returns a number a second.
func (f *Fleet) perSecond(n int64) float64 { return float64(n) / f.Usage.Elapsed.Seconds() }

// sent returns the number of commands that came over connections.
func (f *Fleet) sent() int64 {
	var sum int64
	for _, k := range kinds {
		sum += f.Usage.calls(k.commands...)
	}
	return sum
}

// quantity is a row of the table of fleets.
type quantity struct {
	name string
	of   func(*Fleet) float64
}

// quantities returns what is shown of fleets.
func quantities() []quantity {
	all := []quantity{{"commands/s", func(f *Fleet) float64 { return f.perSecond(f.sent()) }}}
	for _, k := range kinds {
		all = append(all, quantity{"· " + k.name, func(f *Fleet) float64 { return f.perSecond(f.Usage.calls(k.commands...)) }})
	}
	return append(all,
		quantity{"commands/s in scripts", func(f *Fleet) float64 { return f.perSecond(f.Usage.all() - f.sent()) }},
		quantity{"deliveries of proofs/s", (*Fleet).deliveries},
		quantity{"kB/s to Redis", func(f *Fleet) float64 { return f.perSecond(f.Usage.In) / 1000 }},
		quantity{"kB/s from Redis", func(f *Fleet) float64 { return f.perSecond(f.Usage.Out) / 1000 }},
		quantity{"CPU of Redis, % of a core", func(f *Fleet) float64 { return 100 * f.Usage.CPU.Seconds() / f.Usage.Elapsed.Seconds() }},
		quantity{"connections", func(f *Fleet) float64 { return float64(f.Connections) }},
		quantity{"memory of Redis, MB", func(f *Fleet) float64 { return stats.Megabytes(f.Memory) }},
	)
}

// deliveries returns the proofs a second that arrive at nodes, all together.
func (f *Fleet) deliveries() float64 { return f.perSecond(f.Usage.calls("publish") * f.Listeners) }

// rounded formats small numbers with a decimal.
func rounded(v float64) string {
	if math.Abs(v) < 100 {
		return report.Decimals(v, 1)
	}
	return report.Grouped(v)
}

// times formats a ratio, and 0/0 and its like as not measured.
func times(ratio float64) string {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
		return report.Nothing
	}
	return fmt.Sprintf("×%.1f", ratio)
}
