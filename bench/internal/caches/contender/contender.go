// Package contender puts cache libraries behind one small interface. Each is set up as
// its own documentation recommends for values that several processes share.
//
// Contenders built on go-redis get the same client, with the settings of the framework.
// The one on rueidis gets a rueidis client with its defaults.
package contender

import (
	"context"
	"runtime/debug"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
)

// TTL is the lifetime of a value in every contender.
const TTL = time.Minute

// Load gets the value of a key from its source. It fails when ctx ends.
type Load func(ctx context.Context, key string) (string, error)

// Cache is one client of a contender, as an app holds it.
type Cache interface {
	// Get returns the value of key, and loads it when it is not cached.
	Get(ctx context.Context, key string) (string, error)
	// Invalidate reports a change of key's value in the way that the contender's
	// documentation prescribes.
	Invalidate(ctx context.Context, key string) error
	// Close releases what the client holds.
	Close() error
}

// Contender is a cache library.
type Contender struct {
	// Name is short and without spaces.
	Name string
	// URL is the library's documentation, or "" for code that is not a library.
	URL string
	// Ours marks the framework, which the chart highlights.
	Ours bool
	// Setup describes, in a sentence, the settings that are not defaults and how a
	// value is invalidated.
	Setup string
	// Open returns a client for the Redis at url, which loads with load.
	Open func(ctx context.Context, url string, load Load) (Cache, error)

	module string // "" for code that is not a library
}

// All returns the contenders.
func All() []Contender {
	return []Contender{
		keryx(), byHand(), goRedisCache(), goCache(), rocksCache(), rocksCacheStrong(), rueidisAside(), sturdyC(), sturdyCRedis(),
	}
}

// Names returns the names of all contenders.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}

// Version returns the version of the library, or "" when it has none.
func (c Contender) Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == c.module && m.Replace == nil {
			return m.Version
		}
	}
	return ""
}

// dial opens a go-redis client with the settings that all contenders share. The caller
// closes it.
func dial(ctx context.Context, url string) (goredis.UniversalClient, func() error, error) {
	opened, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		return nil, nil, err
	}
	return opened.Client, opened.Close, nil
}

// functions implements Cache with two functions.
type functions struct {
	get        func(ctx context.Context, key string) (string, error)
	invalidate func(ctx context.Context, key string) error
	close      func() error
}

func (f functions) Get(ctx context.Context, key string) (string, error) { return f.get(ctx, key) }
func (f functions) Invalidate(ctx context.Context, key string) error    { return f.invalidate(ctx, key) }
func (f functions) Close() error                                        { return f.close() }
