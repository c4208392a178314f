// Package memory is how the servers of the suite tell their memory.
package memory

import (
	"runtime"
	"runtime/metrics"
)

// Use is the memory of a process, in bytes.
type Use struct {
	Heap   uint64 `json:"heap"`   // live objects
	Stacks uint64 `json:"stacks"` // of goroutines
}

// Bytes returns all of it.
func (u Use) Bytes() int64 { return int64(u.Heap + u.Stacks) }

// Read returns what is in use after two collections, which empty the pools of package
// sync and shrink stacks.
func Read() Use {
	runtime.GC()
	runtime.GC()
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return Use{samples[0].Value.Uint64(), samples[1].Value.Uint64()}
}
