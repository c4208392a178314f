// Package contender puts cache libraries behind one small interface, each set up
// as its own documentation has it for values that several processes share.
//
// All that are built on go-redis get the same client, with the settings that the
// framework gives it; the one on rueidis gets that client with its own defaults.
package contender

import (
	"context"
	"runtime/debug"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
)

// TTL is how long a contender is to keep a value.
const TTL = time.Minute

// Load gets the value of a key from where it is stored. It fails when ctx ends.
type Load func(ctx context.Context, key string) (string, error)

// Cache is one client of a contender: what an app holds.
type Cache interface {
	// Get returns the value of key, loaded if need be.
	Get(ctx context.Context, key string) (string, error)
	// Invalidate does what the contender's documentation says is to be done when
	// the value of key has changed.
	Invalidate(ctx context.Context, key string) error
	// Close releases what the client holds.
	Close() error
}

// Contender is a cache library.
type Contender struct {
	// Name is short and without spaces.
	Name string
	// URL is where the library is documented, "" for what is no library.
	URL string
	// Ours sets it off from the others.
	Ours bool
	// Setup says what it was told beside its defaults, and how a value is
	// invalidated, in a sentence.
	Setup string
	// Open returns a client for the Redis at url, which loads with load.
	Open func(ctx context.Context, url string, load Load) (Cache, error)

	module string // "" for what is no library
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

// Version returns the version of the library, "" where it has none.
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

// dial opens the go-redis client that contenders share in kind. It is to be
// closed.
func dial(ctx context.Context, url string) (goredis.UniversalClient, func() error, error) {
	opened, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		return nil, nil, err
	}
	return opened.Client, opened.Close, nil
}

// functions make a Cache.
type functions struct {
	get        func(ctx context.Context, key string) (string, error)
	invalidate func(ctx context.Context, key string) error
	close      func() error
}

func (f functions) Get(ctx context.Context, key string) (string, error) { return f.get(ctx, key) }
func (f functions) Invalidate(ctx context.Context, key string) error    { return f.invalidate(ctx, key) }
func (f functions) Close() error                                        { return f.close() }
