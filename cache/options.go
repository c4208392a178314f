package cache

import (
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

const (
	defaultLease  = 10 * time.Second
	defaultBudget = time.Second
	// longest is what any longer duration counts as: nearly 15 years. A value with a
	// TTL and a Stale of that still has a tag, see newTag.
	longest = 15 * 364 * 24 * time.Hour
	// shortestLease is Redis' unit of time.
	shortestLease = time.Millisecond
)

// Option changes how a [Fetch] or [FetchMany] works. Options may be kept and reused;
// where two say different things the later one holds. [SetDefaults] sets those of a
// client. Durations above 15 years, that of a TTL included, count as so long.
type Option struct {
	set   settings
	fault error
}

// settings is what the options of one call add up to.
type settings struct {
	ttl         time.Duration
	lease       time.Duration
	budget      time.Duration
	keep        time.Duration // how long a load goes on without callers; 0: as long as its lease
	stale       time.Duration
	ttlOf       any // func(T) time.Duration
	jitter      float64
	notFound    error
	notFoundTTL time.Duration
	observe     func(Event)
	observeAll  func(Event) // the client's own
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

// atOnce is the setting of KeepLoading(0).
const atOnce = time.Nanosecond

// KeepLoading sets how long a load goes on when every caller that waited for it has
// left: its value is stored, and later callers join it. After d its
// context ends, and what it still returns is not stored. With 0 it ends with its last
// caller. The default is the time of the lease; see [Lease].
func KeepLoading(d time.Duration) Option {
	if d < 0 {
		return Option{fault: fmt.Errorf("cache: KeepLoading of %v: the duration must not be negative", d)}
	}
	return Option{set: settings{keep: max(d, atOnce)}}
}

// TTL computes the time to live of each loaded value, such as that of a token which says
// when it expires. The ttl of the call is the longest: a value is kept for the shorter
// of the two. When the function returns zero or less, the value is returned and not
// stored. T must be the type of the call; it is an error otherwise.
func TTL[T any](of func(T) time.Duration) Option {
	if of == nil {
		return Option{fault: errors.New("cache: TTL needs a function, got nil")}
	}
	return Option{set: settings{ttlOf: of}}
}

// Jitter shortens the time to live of each stored value by a random part of up to
// fraction, so that values which were stored together do not expire together. The
// fraction is above 0 and below 1: with 0.1, a value of ten minutes lives for nine to
// ten. The default is none.
func Jitter(fraction float64) Option {
	if !(fraction > 0 && fraction < 1) {
		return Option{fault: fmt.Errorf("cache: Jitter of %v: the fraction must be between 0 and 1", fraction)}
	}
	return Option{set: settings{jitter: fraction}}
}

// Stale keeps a value for d after its TTL and serves it in that time, while one
// caller of all processes loads a new one in the background; no caller waits before
// d is over, too. A deleted value is not served. All calls for a key should say the
// same d: what is left of the entry's time in Redis decides whether it is stale.
//
// A hit then asks for GET and PTTL, in one round trip. A refresh that fails or
// panics is told to the observer, and the old value stays. The process tries again
// after a second.
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

// Observe has every observer called, in turn, for every [Event] of the call, after
// those of [SetDefaults]. They are called from several goroutines, in the middle of the work: they must not
// block, nor panic. [Log] is one, package cacheotel has another.
func Observe(observers ...func(Event)) Option {
	return Option{set: settings{observe: inTurn(observers)}}
}

// collect adds up the defaults of a client and the options of a call.
func collect(defaults *settings, ttl time.Duration, opts []Option) (settings, error) {
	s := *defaults
	s.ttl = min(ttl, longest)
	if ttl <= 0 {
		return s, fmt.Errorf("cache: the TTL is %v: it must be positive, nothing is stored forever", ttl)
	}
	err := s.add(opts)
	return s, err
}

func (s *settings) add(opts []Option) error {
	for i := range opts {
		if err := opts[i].fault; err != nil {
			return err
		}
		s.apply(&opts[i].set)
	}
	return nil
}

func (s *settings) apply(o *settings) {
	if o.lease > 0 {
		s.lease = min(max(o.lease, shortestLease), longest)
	}
	if o.keep > 0 {
		s.keep = min(o.keep, longest)
	}
	if o.ttlOf != nil {
		s.ttlOf = o.ttlOf
	}
	if o.jitter > 0 {
		s.jitter = o.jitter
	}
	if o.budget > 0 {
		s.budget = min(o.budget, longest)
	}
	if o.stale > 0 {
		s.stale = min(o.stale, longest)
	}
	if o.notFound != nil {
		s.notFound, s.notFoundTTL = o.notFound, min(o.notFoundTTL, longest)
	}
	if o.observe != nil {
		s.observe = o.observe
	}
}

// shorten takes the jitter from a time to live.
func (s *settings) shorten(ttl time.Duration) time.Duration {
	if s.jitter == 0 {
		return ttl
	}
	return ttl - time.Duration(mathrand.Float64()*s.jitter*float64(ttl))
}

// keepFor is how long a load goes on without callers.
func (s *settings) keepFor() time.Duration {
	if s.keep == 0 {
		return s.lease
	}
	return s.keep
}

func positive(name string, d time.Duration) error {
	if d > 0 {
		return nil
	}
	return fmt.Errorf("cache: %s of %v: the duration must be positive; leave the option out for the default", name, d)
}

// milliseconds is d in the unit of Redis, never less than one.
func milliseconds(d time.Duration) int64 {
	n := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		n++
	}
	return max(1, n)
}

func (s *settings) report(kind EventKind, key string, began time.Time, err error) {
	if s.observe == nil && s.observeAll == nil {
		return
	}
	e := Event{Kind: kind, Key: key, Duration: time.Since(began), Err: err}
	if s.observeAll != nil {
		s.observeAll(e)
	}
	if s.observe != nil {
		s.observe(e)
	}
}

// remembersAbsence reports whether e says that there is nothing to find, to a
// call that asked for this to be remembered.
func (s *settings) remembersAbsence(e entry) bool {
	return s.notFound != nil && string(e.raw) == absence
}
