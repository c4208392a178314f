package cache

import (
	"maps"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/redis/go-redis/v9"
)

// clients finds the state that belongs to a go-redis client. No other variable of
// the package changes, and what this one holds lives and dies with those clients:
// Fetch is a plain function, and its calls have no other place to meet.
var clients registry

// registry maps clients to their state by address, without keeping them alive.
// Looking up takes no lock; the map is copied when a client comes or goes.
type registry struct {
	mu  sync.Mutex
	all atomic.Pointer[map[uintptr]registered]
}

type registered struct {
	// owner tells the client from another one that got its address after it
	// was collected.
	owner weak.Pointer[byte]
	state *client
}

// of returns the state of rdb, making it at the first call, or nil when rdb is nil or
// a nil pointer. A client that is no pointer has no identity: it gets a new state every
// time, and its callers meet in Redis only.
func (r *registry) of(rdb redis.UniversalClient) *client {
	if rdb == nil {
		return nil
	}
	v := reflect.ValueOf(rdb)
	if v.Kind() != reflect.Pointer {
		return newClient(rdb)
	}
	if v.IsNil() {
		return nil
	}
	address := (*byte)(v.UnsafePointer())
	if all := r.all.Load(); all != nil {
		if found, ok := (*all)[v.Pointer()]; ok && found.owner.Value() == address {
			return found.state
		}
	}
	return r.add(address, v.Pointer(), rdb)
}

func (r *registry) add(address *byte, key uintptr, rdb redis.UniversalClient) *client {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[uintptr]registered{}
	if old := r.all.Load(); old != nil {
		if found, ok := (*old)[key]; ok && found.owner.Value() == address {
			return found.state
		}
		all = maps.Clone(*old)
	}
	c := newClient(rdb)
	all[key] = registered{owner: weak.Make(address), state: c}
	r.all.Store(&all)
	runtime.AddCleanup(address, func(key uintptr) { r.remove(key, c) }, key)
	return c
}

func (r *registry) remove(key uintptr, c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *r.all.Load()
	if old[key].state != c {
		return
	}
	all := maps.Clone(old)
	delete(all, key)
	r.all.Store(&all)
}
