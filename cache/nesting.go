package cache

import (
	"context"
	"sync"
)

// A load may fetch other keys. When the loads of two keys wait for each other, neither
// would end: so a flight knows which flights its load waits for.
//
// nesting guards the edges of that graph, which has flights of several clients in it.
// Only calls inside of loads take the lock.
var nesting sync.Mutex

type enclosureKey struct{}

// enclosure is the flights whose common load a context belongs to.
type enclosure struct {
	flights []*flight
	outer   *enclosure // the load in which these were asked for, if any
}

// enclose returns a context for the load of flights that were asked for in ctx.
func enclose(ctx context.Context, flights ...*flight) context.Context {
	return context.WithValue(ctx, enclosureKey{}, &enclosure{flights, enclosureOf(ctx)})
}

// outside returns a context that belongs to no load.
func outside(ctx context.Context) context.Context {
	return context.WithValue(ctx, enclosureKey{}, (*enclosure)(nil))
}

// enclosureOf returns the load that ctx belongs to, or nil.
func enclosureOf(ctx context.Context) *enclosure {
	e, _ := ctx.Value(enclosureKey{}).(*enclosure)
	return e
}

// awaits notes that the load of ctx waits for f from now on. It reports false, and notes
// nothing, when f waits for that load, directly or through others.
func awaits(ctx context.Context, f *flight) bool {
	e := enclosureOf(ctx)
	if e == nil {
		return true
	}
	nesting.Lock()
	defer nesting.Unlock()
	for o := e; o != nil; o = o.outer {
		for _, outer := range o.flights {
			if f.reaches(outer, map[*flight]bool{}) {
				return false
			}
		}
	}
	for _, outer := range e.flights {
		if outer.awaited == nil {
			outer.awaited = map[*flight]int{}
		}
		outer.awaited[f]++
	}
	return true
}

// awaitsNoMore takes back what awaits has noted.
func awaitsNoMore(ctx context.Context, f *flight) {
	e := enclosureOf(ctx)
	if e == nil {
		return
	}
	nesting.Lock()
	defer nesting.Unlock()
	for _, outer := range e.flights {
		if outer.awaited[f]--; outer.awaited[f] == 0 {
			delete(outer.awaited, f)
		}
	}
}
