package cache

import "sync/atomic"

// expectMiss is after how many misses in a row the next call is taken for a miss.
const expectMiss = 8

// recent counts the misses since the last hit, up to expectMiss.
type recent struct{ misses atomic.Int32 }

// note counts a read.
func (r *recent) note(e entry) {
	switch n := r.misses.Load(); {
	case e.state == absent && n < expectMiss:
		r.misses.Add(1)
	case e.state == stored && n != 0: // hits do not share a cache line that changes
		r.misses.Store(0)
	}
}

// allMisses reports whether the next call is to be taken for a miss.
func (r *recent) allMisses() bool { return r.misses.Load() >= expectMiss }
