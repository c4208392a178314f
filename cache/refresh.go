package cache

import (
	"context"
	"errors"
	"math/rand/v2"
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
	if !c.startRefresh(key) {
		return
	}
	r := newRequest(c, rdb, key, s, began, load)
	f := newFlight(outside(ctx), key, "") // the load of ctx does not wait for it
	c.background.run(key, func(life context.Context) { r.refresh(life, f, e) })
}

// startRefresh notes that key is being refreshed, if it is not yet.
func (c *client) startRefresh(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refreshing[key] {
		return false
	}
	c.refreshing[key] = true
	return true
}

func (c *client) endRefresh(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.refreshing, key)
}

// refresh tags the value as its own and loads. Nobody waits for the flight. When
// the entry's time is up its result could not be stored, so it ends then.
func (r *request) refresh(life context.Context, f *flight, e entry) {
	marked := r.mark(f, e)
	ctx, cancel := context.WithTimeout(f.ctx, e.left)
	f.ctx = ctx
	defer func() { // load may leave by Goexit
		cancel()
		if marked {
			r.refreshed(f)
		} else {
			r.endRefresh(r.key)
		}
	}()
	if marked {
		r.fly(life, f, nil)
	}
}

// mark puts the flight's tag behind the value, in place of another's that ended.
// It reports false if the value is another by now, or Redis fails.
func (r *request) mark(f *flight, e entry) bool {
	value := r.tagFlight(f, e)
	marked, err := attempt(f.values, r, func(ctx context.Context) (bool, error) {
		return markScript.Run(ctx, r.rdb, []string{r.key}, e.raw, value, f.hold.tag(r.lease)).Bool()
	})
	if unreachable(err) {
		r.giveBackLater(f)
	}
	return marked
}

// tagFlight makes a new tag what f keeps in Redis, and returns the length of the value
// before an old one.
func (r *request) tagFlight(f *flight, e entry) int {
	token := rand.Uint64()
	f.hold = hold{mark: string(appendBits(nil, token, tokenBits)), token: token, left: e.left, at: time.Now()}
	value, _, _ := cutTag(e.raw)
	return len(value)
}

// errLeftOut is the error of a refresh whose load has no value for the key.
var errLeftOut = errors.New("cache: the load returned no value for the key")

// refreshed reports how a refresh went. The next one waits when it has failed.
func (r *request) refreshed(f *flight) {
	err := f.result.err
	switch {
	case f.result.panic != nil:
		err = f.result.panic
	case f.result.leftOut && r.notFound == nil:
		err = errLeftOut
	}
	if err == nil {
		r.endRefresh(r.key)
	} else {
		time.AfterFunc(refreshPause, func() { r.endRefresh(r.key) })
	}
	r.report(EventRefresh, r.key, r.began, err)
}
