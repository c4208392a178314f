package cache

import "sync"

// flights are those of one client.
type flights struct {
	mu      sync.Mutex
	byToken map[string]*flight // by the token that Redis shows, while it may show it
	byKey   map[string]*flight // the newest load of each key

	unleased map[string]*flight // loads that run though Redis refused their lease
}

func newFlights() flights {
	return flights{byToken: map[string]*flight{}, byKey: map[string]*flight{}, unleased: map[string]*flight{}}
}

// start begins the load of f, unless it was abandoned.
func (all *flights) start(f *flight) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	f.pending = false
	return !f.abandoned
}

// wasAbandoned reports whether f was cancelled because it had no waiters.
func (all *flights) wasAbandoned(f *flight) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	return f.abandoned
}

// finish hands the result to the waiters.
func (all *flights) finish(f *flight, res result) {
	all.mu.Lock()
	all.drop(f)
	f.result = res
	close(f.done)
	if f.ending != nil {
		f.ending.Stop()
	}
	all.mu.Unlock()
	f.cancel(nil)
}

// drop takes f out of the maps, unless its lease still has to be known. The
// caller holds all.mu.
func (all *flights) drop(f *flight) {
	if all.byKey[f.key] == f {
		delete(all.byKey, f.key)
	}
	if all.unleased[f.key] == f {
		delete(all.unleased, f.key)
	}
	if all.byToken[f.token] == f && !f.orphan {
		delete(all.byToken, f.token)
	}
}

// queue waits until no other load of the key runs without a lease. There may be one at
// a time and a next one, which later callers join: so with a Redis that takes no writes
// a process has one load of a key at once, and callers after a DEL have one that began
// after it. queue reports false if f is asked for by the load it would have to wait for.
func (all *flights) queue(f *flight) bool {
	for {
		all.mu.Lock()
		running := all.unleased[f.key]
		if running == nil {
			all.unleased[f.key] = f
		}
		all.mu.Unlock()
		switch {
		case running == nil:
			return true
		case !awaits(f.values, running):
			return false
		}
		select {
		case <-running.done:
			awaitsNoMore(f.values, running)
		case <-f.ctx.Done():
			awaitsNoMore(f.values, running)
			return true
		}
	}
}

// disown lets any caller that finds the lease of f replace it: the lease is on its
// way out of Redis. The caller holds all.mu.
func (all *flights) disown(f *flight) {
	f.orphan = true
	if f.token != "" {
		all.byToken[f.token] = f
	}
}

// forget takes note that the lease of f is not in Redis.
func (all *flights) forget(f *flight) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.byToken[f.token] == f {
		delete(all.byToken, f.token)
	}
}

// has reports whether this process loads key.
func (all *flights) has(key string) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.byKey[key] != nil
}
