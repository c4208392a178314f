package cache

import (
	"errors"
	"fmt"
	"time"
)

const (
	defaultLease  = 10 * time.Second
	defaultBudget = time.Second
)

// Option changes how one [Fetch] works. Options may be kept and reused; where two
// say different things the later one holds.
type Option struct {
	set   settings
	fault error
}

// settings is what the options of one call add up to.
type settings struct {
	ttl         time.Duration
	lease       time.Duration
	budget      time.Duration
	stale       time.Duration
	notFound    error
	notFoundTTL time.Duration
	observe     func(Event)
}

// Lease sets how long a load that shows no sign of life keeps others from
// loading: when its process is killed, others take over after d. A load that
// lives renews its lease, so it may take longer. The default is 10 seconds.
func Lease(d time.Duration) Option {
	return Option{set: settings{lease: d}, fault: positive("Lease", d)}
}

// Budget sets how long one operation on Redis may take, its waiting for a
// connection included, before Fetch goes on without Redis. A caller's earlier
// deadline holds too. The default is one second.
func Budget(d time.Duration) Option {
	return Option{set: settings{budget: d}, fault: positive("Budget", d)}
}

// Stale keeps a value for d after its TTL and serves it in that time, while one
// caller of all processes loads a new one in the background; no caller waits before
// d is over, too. A deleted value is not served. All calls for a key should say the
// same d: what is left of the entry's time in Redis decides whether it is stale.
//
// A hit then asks for GET and PTTL, in one round trip. A refresh that fails or
// panics is told to the observer, the old value stays, and a later call tries again.
func Stale(d time.Duration) Option {
	return Option{set: settings{stale: d}, fault: positive("Stale", d)}
}

// NotFound remembers for ttl that there is nothing to find: when load returns an
// error that is target (in the sense of [errors.Is]), that is stored, and calls
// with this option return target from then on. Calls without it read the entry as
// null. A call has one target.
func NotFound(target error, ttl time.Duration) Option {
	o := Option{set: settings{notFound: target, notFoundTTL: ttl}, fault: positive("NotFound", ttl)}
	if target == nil {
		o.fault = errors.New("cache: NotFound needs the error that means not found, got nil")
	}
	return o
}

// Observe has every observer called, in turn, for every [Event] of the call. They
// are called from several goroutines, in the middle of the work: they must not
// block, nor panic. [Log] is one, package cacheotel has another.
func Observe(observers ...func(Event)) Option {
	return Option{set: settings{observe: inTurn(observers)}}
}

// collect adds up a call's options.
func collect(ttl time.Duration, opts []Option) (settings, error) {
	s := settings{ttl: ttl, lease: defaultLease, budget: defaultBudget}
	if ttl <= 0 {
		return s, fmt.Errorf("cache: the TTL is %v: it must be positive, nothing is stored forever", ttl)
	}
	for i := range opts {
		if err := opts[i].fault; err != nil {
			return s, err
		}
		s.apply(&opts[i].set)
	}
	return s, nil
}

func (s *settings) apply(o *settings) {
	if o.lease > 0 {
		s.lease = o.lease
	}
	if o.budget > 0 {
		s.budget = o.budget
	}
	if o.stale > 0 {
		s.stale = o.stale
	}
	if o.notFound != nil {
		s.notFound, s.notFoundTTL = o.notFound, o.notFoundTTL
	}
	if o.observe != nil {
		s.observe = o.observe
	}
}

func positive(name string, d time.Duration) error {
	if d > 0 {
		return nil
	}
	return fmt.Errorf("cache: %s of %v: the duration must be positive; leave the option out for the default", name, d)
}

// milliseconds is d in the unit of Redis, never less than one.
func milliseconds(d time.Duration) int64 {
	return max(1, int64((d+time.Millisecond-1)/time.Millisecond))
}

func (s *settings) report(kind EventKind, key string, began time.Time, err error) {
	if s.observe != nil {
		s.observe(Event{Kind: kind, Key: key, Duration: time.Since(began), Err: err})
	}
}

// remembersAbsence reports whether e says that there is nothing to find, to a
// call that asked for this to be remembered.
func (s *settings) remembersAbsence(e entry) bool {
	return s.notFound != nil && string(e.raw) == absence
}
