package cache

import (
	"context"
	"encoding/json"
	"time"

	"github.com/redis/go-redis/v9"
)

// FetchMany returns the values stored under keys. Those that are missing it loads with
// one call of load, stores for ttl, and returns with the others. It is [Fetch] for many
// keys: a hit, a load or an invalidation of one key is the same for both.
//
//	users, err := cache.FetchMany(ctx, rdb, keys, time.Minute,
//		func(ctx context.Context, missing []string) (map[string]User, error) { return findUsers(ctx, missing) })
//
// All keys are read in one round trip, on a cluster in one to each node. load gets the
// keys, in no particular order and each once, that no other caller loads at the time;
// for the others FetchMany waits after it has begun its own load, so calls whose keys
// overlap do not wait for each other in a circle. A key that load leaves out is not in
// the result; with [NotFound] that is remembered. Keys of load's map that were not asked
// for are ignored.
//
// When load fails, FetchMany returns its error and no values: the values that are stored
// are found again by the next call. Values of [Stale] are refreshed by one load, too. An
// observer is told of each key.
func FetchMany[T any](ctx context.Context, rdb redis.UniversalClient, keys []string, ttl time.Duration,
	load func(ctx context.Context, missing []string) (map[string]T, error), opts ...Option) (map[string]T, error) {
	c := clients.of(rdb)
	if c == nil {
		return nil, errNoClient
	}
	s, err := collect(c.defaults.Load(), ttl, opts)
	if err == nil {
		err = checkTTL[T](&s)
	}
	if err != nil {
		return nil, err
	}
	m := &many[T]{client: c, settings: s, rdb: rdb, began: time.Now(), load: load}
	return m.fetch(ctx, distinct(keys))
}

// distinct returns keys without repetitions, in their order.
func distinct(keys []string) []string {
	seen := make(map[string]struct{}, len(keys))
	all := make([]string, 0, len(keys))
	for _, key := range keys {
		if _, ok := seen[key]; !ok {
			seen[key] = struct{}{}
			all = append(all, key)
		}
	}
	return all
}

// many is one call of FetchMany.
type many[T any] struct {
	*client
	settings
	rdb   redis.UniversalClient
	began time.Time
	load  func(context.Context, []string) (map[string]T, error)
	found map[string]T
}

func (m *many[T]) fetch(ctx context.Context, keys []string) (map[string]T, error) {
	m.found = make(map[string]T, len(keys))
	var open []*pending
	refreshes := m.group()
	for i, e := range m.readMany(ctx, m.rdb, keys, m.budget, m.stale > 0, m.began) {
		var value T
		switch {
		case e.state == stored && m.remembersAbsence(e):
			m.report(EventHit, keys[i], m.began, nil)
		case e.state == stored && json.Unmarshal(e.raw, &value) == nil:
			m.found[keys[i]] = value
			if m.stale > 0 && e.stale(m.stale) {
				m.report(EventStale, keys[i], m.began, nil)
				m.refresh(ctx, refreshes, keys[i], e)
			} else {
				m.report(EventHit, keys[i], m.began, nil)
			}
		default:
			open = append(open, &pending{request: m.request(keys[i]), kind: EventHit, entry: e})
		}
	}
	if len(refreshes.members) > 0 {
		m.background.run(refreshes.members[0].key, refreshes.refreshAll)
	}
	for len(open) > 0 {
		var err error
		if open, err = m.round(ctx, open); err != nil {
			return nil, err
		}
	}
	return m.found, nil
}

// refresh adds a refresh of key to a group, unless it is being refreshed.
func (m *many[T]) refresh(ctx context.Context, g *group, key string, e entry) {
	if _, end, tagged := cutTag(e.raw); tagged && e.left > end || !m.refreshing.begin(key) {
		return
	}
	g.add(newRefresh(ctx, m.request(key), e).loader)
}

// pending is a key without an answer.
type pending struct {
	*request
	kind   EventKind
	entry  entry
	flight *flight // that is waited for; nil: none
	ran    bool    // flight runs the load of this call
}

// round looks at what Redis shows for each key. Keys without an answer it has loaded by one
// load, or waits for the loads of others. It returns the keys for which these brought
// no answer but a new look at Redis.
func (m *many[T]) round(ctx context.Context, all []*pending) (open []*pending, err error) {
	defer func() { // also when the load panics
		for _, p := range all {
			if p.flight != nil {
				p.leave(p.flight)
			}
		}
	}()
	g := m.group()
	waiting := all[:0:0]
	for _, p := range all {
		done, failed := p.show(p.kind, p.entry)
		if failed != nil && err == nil {
			err = failed
		}
		if !done {
			waiting = append(waiting, p)
		}
	}
	if err != nil {
		return nil, err
	}
	for _, p := range waiting {
		p.group = g
		if p.flight, p.ran, err = p.joinOrBegin(ctx, p.entry); err != nil {
			break
		}
	}
	g.launch()
	if err != nil {
		return nil, err
	}
	for _, p := range waiting {
		f := p.flight
		p.flight = nil
		if err := p.await(ctx, f); err != nil {
			return nil, p.end(outcome(p.entry, p.ran), err)
		}
		next, kind, done, err := p.take(ctx, p.entry, f, p.ran)
		if err != nil {
			return nil, err
		}
		if !done {
			open = append(open, &pending{request: p.request, kind: kind, entry: next})
		}
	}
	return open, nil
}

// group returns an empty group.
func (m *many[T]) group() *group {
	return &group{client: m.client, settings: m.settings, rdb: m.rdb, load: m.loadAll}
}

// loadAll calls load and returns a result for each key.
func (m *many[T]) loadAll(ctx context.Context, keys []string) []result {
	results := make([]result, len(keys))
	values, err := m.load(ctx, keys)
	for i, key := range keys {
		switch value, ok := values[key]; {
		case err != nil:
			results[i].err = err
		case !ok:
			results[i].leftOut = true
		default:
			results[i] = encode(value, &m.settings)
		}
	}
	return results
}

func (m *many[T]) request(key string) *request {
	return &request{
		client: m.client, settings: m.settings, rdb: m.rdb, key: key, began: m.began, many: true,
		load: func(ctx context.Context) result { return m.loadAll(ctx, []string{key})[0] },
		decode: func(raw []byte) error {
			var value T
			err := json.Unmarshal(raw, &value)
			if err == nil {
				m.found[key] = value
			}
			return err
		},
		assign: func(v any) bool {
			typed, ok := v.(T)
			if ok || v == nil {
				m.found[key] = typed
			}
			return ok || v == nil
		},
	}
}

// lookAtAll reads keys once, and the time that they have to live.
func lookAtAll(ctx context.Context, rdb redis.UniversalClient, keys []string, withTTL bool) []entry {
	if single, ok := rdb.(*redis.Client); ok && !withTTL {
		if entries, ok := lookByMGET(ctx, single, keys); ok {
			return entries
		}
	}
	pipe := rdb.Pipeline()
	gets, ttls := make([]*redis.StringCmd, len(keys)), make([]*redis.DurationCmd, len(keys))
	for i, key := range keys {
		gets[i] = pipe.Get(ctx, key)
		if withTTL {
			ttls[i] = pipe.PTTL(ctx, key)
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	entries := make([]entry, len(keys))
	for i, get := range gets {
		entries[i] = newEntry(get.Bytes())
		if entries[i].left = -1; withTTL && ttls[i].Err() == nil {
			entries[i].left = ttls[i].Val()
		}
	}
	return entries
}

// lookByMGET reads keys with one command, which costs less than one for each. A key of
// another type looks absent; the lease then fails. It reports false when the server
// refuses the command, as an ACL may.
func lookByMGET(ctx context.Context, rdb *redis.Client, keys []string) ([]entry, bool) {
	values, err := rdb.MGet(ctx, keys...).Result()
	if err != nil && !unreachable(err) {
		return nil, false
	}
	entries := make([]entry, len(keys))
	for i := range entries {
		switch {
		case err != nil:
			entries[i] = entry{state: unusable, err: err}
		case values[i] == nil:
			entries[i] = entry{state: absent}
		default:
			entries[i] = newEntry([]byte(values[i].(string)), nil)
		}
	}
	return entries, true
}
