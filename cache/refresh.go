package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// refreshPause is the time between a refresh that failed and the next.
const refreshPause = time.Second

// refresh loads a stale entry anew in the background, unless that is being done.
func refresh[T any](ctx context.Context, c *client, rdb redis.UniversalClient, key string, s settings, began time.Time,
	load func(context.Context) (T, error), e entry) {
	if _, end, tagged := cutTag(e.raw); tagged && e.left > end {
		return
	}
	if !c.refreshing.begin(key) {
		return
	}
	r := newRefresh(ctx, newRequest(c, rdb, key, s, began, load), e)
	c.background.run(key, r.run)
}

// refreshing is the keys that are being refreshed.
type refreshing struct {
	mu   sync.Mutex
	keys map[string]bool
}

// begin reports whether key was not being refreshed. It is from now on.
func (all *refreshing) begin(key string) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.keys[key] {
		return false
	}
	if all.keys == nil {
		all.keys = map[string]bool{}
	}
	all.keys[key] = true
	return true
}

func (all *refreshing) end(key string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.keys, key)
}

// refresher loads the value in the place of a stale one. No caller waits for its flight.
type refresher struct{ *loader }

// newRefresh returns a refresher for what Redis shows. The load of ctx, if any, does not
// wait for it.
func newRefresh(ctx context.Context, r *request, shown entry) refresher {
	return refresher{&loader{request: r, flight: newFlight(outside(ctx), r.key, ""), shown: shown}}
}

// run tags the value as its own and loads. When the entry's time is up its result could
// not be stored, so it ends then.
func (r refresher) run(life context.Context) {
	marked := r.mark()
	ctx, cancel := context.WithTimeout(r.flight.ctx, r.shown.left)
	r.flight.ctx = ctx
	defer func() { // load may leave by Goexit
		cancel()
		if marked {
			r.done()
		} else {
			r.refreshing.end(r.key)
		}
	}()
	if marked {
		r.loadAndStore(life)
	}
}

// mark puts the flight's tag behind the value, in place of another's that ended.
// It reports false if the value is another by now, or Redis fails.
func (r refresher) mark() bool {
	value := r.tag()
	marked, err := attempt(r.flight.values, r.request, r.gate(r.key).begin, func(ctx context.Context) (bool, error) {
		return markScript.Run(ctx, r.rdb, []string{r.key}, r.shown.raw, value, r.flight.hold.tag(r.lease)).Bool()
	})
	if unreachable(err) {
		r.giveBackLater()
	}
	return marked
}

// tag makes a new tag what the flight keeps in Redis, and returns the length of the
// value before an old one.
func (r refresher) tag() int {
	token := rand.Uint64()
	r.flight.hold = hold{
		mark: string(appendBits(nil, token, tokenBits)), token: token, left: r.shown.left, at: time.Now(),
	}
	value, _, _ := cutTag(r.shown.raw)
	return len(value)
}

// errLeftOut is the error of a refresh whose load has no value for the key.
var errLeftOut = errors.New("cache: the load returned no value for the key")

// done reports how the refresh went. The next one waits when it has failed.
func (r refresher) done() {
	res := &r.flight.result
	err := res.err
	switch {
	case res.panic != nil:
		err = res.panic
	case res.leftOut && r.notFound == nil:
		err = errLeftOut
	}
	if err == nil {
		r.refreshing.end(r.key)
	} else {
		time.AfterFunc(refreshPause, func() { r.refreshing.end(r.key) })
	}
	r.report(EventRefresh, r.key, r.began, err)
}
