package scaling

import "github.com/keryx-go/keryx/bench/internal/stats"

// Fleet is the traffic of some nodes with their Redis while they get no messages.
type Fleet struct {
	Nodes int   `json:"nodes"`
	Usage Usage `json:"usage"`
	// Listeners is the number of nodes that get each proof.
	Listeners int64 `json:"listeners"`
	// Connections is the number of connections to Redis, Memory what it has allocated.
	Connections int64 `json:"connections"`
	Memory      int64 `json:"memoryBytes"`
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

// deliveries returns the proofs a second that arrive at nodes, all together.
func (f *Fleet) deliveries() float64 { return f.perSecond(f.Usage.calls("publish") * f.Listeners) }

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
