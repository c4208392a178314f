package scaling

import (
	"strings"
	"time"
)

// Usage is what a server has done, from its start or between two looks.
type Usage struct {
	Elapsed time.Duration `json:"elapsedNs"`
	// CPU is the processor time of its process.
	CPU time.Duration `json:"cpuNs"`
	// In and Out are the bytes that have come and gone.
	In  int64 `json:"inBytes"`
	Out int64 `json:"outBytes"`
	// Commands is the number of calls by command, those of scripts included. Calls that
	// failed are left out: the first of a script does, and is made again with its text.
	Commands map[string]int64 `json:"commands"`
}

// since returns what was done after an earlier look.
func (u Usage) since(before Usage) Usage {
	d := Usage{Elapsed: u.Elapsed - before.Elapsed, CPU: u.CPU - before.CPU, In: u.In - before.In, Out: u.Out - before.Out, Commands: map[string]int64{}}
	for name, calls := range u.Commands {
		if n := calls - before.Commands[name]; n > 0 {
			d.Commands[name] = n
		}
	}
	return d
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
