package session_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/session"
)

// TestEndedElsewhere: a request has loaded the session when it ends. Nothing of it
// comes back, whatever the request does then.
func TestEndedElsewhere(t *testing.T) {
	ends := map[string]func(c *caller, client *goredis.Client){
		"destroyed": func(c *caller, _ *goredis.Client) {
			c.do(func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) })
		},
		"renewed": func(c *caller, _ *goredis.Client) {
			c.do(func(ctx context.Context) error { return session.From(ctx).Regenerate(ctx) })
		},
		"expired": func(c *caller, client *goredis.Client) {
			client.PExpire(c.tb.Context(), "session:"+c.id(), time.Millisecond)
			for client.Exists(c.tb.Context(), "session:"+c.id()).Val() != 0 && c.tb.Context().Err() == nil {
			}
		},
		"replaced by garbage": func(c *caller, client *goredis.Client) {
			client.Set(c.tb.Context(), "session:"+c.id(), "garbage", 0)
		},
	}
	acts := map[string]func(context.Context) error{
		"update": func(ctx context.Context) error {
			return session.Update(ctx, func(a *account) error { a.Theme = "dark"; return nil })
		},
		"renew": func(ctx context.Context) error {
			return session.Renew(ctx, func(a *account) error { a.Theme = "dark"; return nil })
		},
		"regenerate": func(ctx context.Context) error { return session.From(ctx).Regenerate(ctx) },
	}
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		for how, end := range ends {
			for what, act := range acts {
				client.FlushDB(t.Context())
				c := &caller{tb: t, store: newStore(client)}
				c.login(1)
				ctx, conn := c.request()
				if a, _, err := session.Data[account](ctx); a.UserID != 1 || err != nil {
					t.Fatal(a, err)
				}
				before := setCookies(conn)[0]
				end(c, client)
				left := len(keys(t, client))
				err := act(ctx)
				if e, ok := fault.As(err); !errors.Is(err, session.ErrGone) || !ok || e.Type != fault.ConnectionSessionNotFound {
					t.Errorf("%s, then %s: %v", how, what, err)
				}
				if now := len(keys(t, client)); now != left {
					t.Errorf("%s, then %s: redis holds %q", how, what, keys(t, client))
				}
				if sent := setCookies(conn); len(sent) != 1 || sent[0] != before {
					t.Errorf("%s, then %s: the cookie is touched: %q", how, what, sent)
				}
				if _, ok, err := session.Data[account](ctx); ok || err != nil {
					t.Errorf("%s, then %s: there still is a session; %v", how, what, err)
				}
			}
		}
	})
}

// TestConcurrentRenewal: of many that renew one session at a time without logging a user
// in, one does; there is one session afterwards, and only the one cookie is it.
func TestConcurrentRenewal(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		nodes := []*goredis.Client{dial(t, url), dial(t, url)}
		renewConcurrently(t, func(i int) *session.Store { return newStore(nodes[i%2]) })
		if left := keys(t, nodes[0]); len(left) != 1 {
			t.Errorf("redis holds %q", left)
		}
	})
}

// TestConcurrentLogins: many logins at once with one cookie all succeed, whether they are
// one user's or several users', and one session is left, of a user who got its cookie.
func TestConcurrentLogins(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		nodes := []*goredis.Client{dial(t, url), dial(t, url)}
		node := func(i int) *session.Store { return newStore(nodes[i%2]) }
		for name, user := range map[string]func(i int) int64{
			"one user":   func(int) int64 { return 7 },
			"many users": func(i int) int64 { return int64(100 + i) },
			"two users":  func(i int) int64 { return int64(100 + i%2) },
		} {
			for _, before := range []int64{0, 1} {
				if err := nodes[0].FlushDB(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
				results := concurrently(t, node, before, func(ctx context.Context, i int) error {
					return session.Renew(ctx, func(a *account) error { a.UserID, a.Theme = user(i), "of "+strconv.FormatInt(user(i), 10); return nil })
				})
				alive := map[string]account{}
				for i, r := range results {
					if r.err != nil {
						t.Errorf("%s, %d: login %d: %v", name, before, i, r.err)
						continue
					}
					a, ok := r.caller.account()
					if !ok {
						continue // a later login has taken its place
					}
					if alive[r.caller.cookie] = a; a.Theme != "of "+strconv.FormatInt(a.UserID, 10) {
						t.Errorf("%s, %d: a mixed session %+v", name, before, a)
					}
					if a.UserID != user(i) {
						t.Errorf("%s, %d: the cookie of user %d is the session of %d", name, before, user(i), a.UserID)
					}
				}
				if left := keys(t, nodes[0]); len(alive) != 1 || len(left) != 1 {
					t.Errorf("%s, %d: %d sessions are alive, redis holds %q", name, before, len(alive), left)
				}
			}
		}
	})
}

// TestAnOldIDLeadsNowhere: a caller with the id that a session had, who does not log its
// user in, gets nothing of it.
func TestAnOldIDLeadsNowhere(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		store := newStore(client)
		victim := &caller{tb: t, store: store}
		victim.login(0)
		planted := victim.cookie
		victim.login(7)
		for name, act := range map[string]func(ctx context.Context) error{
			"data": func(context.Context) error { return nil },
			"update": func(ctx context.Context) error {
				return session.Update(ctx, func(a *account) error { a.Theme = "x"; return nil })
			},
			"regenerate": func(ctx context.Context) error { return session.From(ctx).Regenerate(ctx) },
			"renew": func(ctx context.Context) error {
				return session.Renew(ctx, func(a *account) error { a.Theme = "x"; return nil })
			},
			"destroy": func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) },
		} {
			attacker := &caller{tb: t, store: store, cookie: planted}
			ctx, conn := attacker.request()
			if a, _, err := session.Data[account](ctx); a.UserID != 0 || err != nil {
				t.Errorf("before %s: %+v, %v", name, a, err)
			}
			if err := act(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if a, _, err := session.Data[account](ctx); a.UserID != 0 || err != nil {
				t.Errorf("after %s: %+v, %v", name, a, err)
			}
			if sent := strings.Join(setCookies(conn), " "); strings.Contains(sent, victim.id()) {
				t.Errorf("%s: the attacker got the cookie", name)
			}
			if a, ok := victim.account(); !ok || a.UserID != 7 || a.Theme != "" {
				t.Errorf("after %s: the victim has %+v, %v", name, a, ok)
			}
		}
	})
}

// result is what has become of a caller's change.
type result struct {
	caller *caller
	err    error
}

// concurrently has many callers with one cookie change the session, which all have loaded
// before.
func concurrently(t *testing.T, node func(i int) *session.Store, user int64, act func(ctx context.Context, i int) error) []result {
	t.Helper()
	first := &caller{tb: t, store: node(0)}
	first.login(user)
	var all, loaded sync.WaitGroup
	results := make([]result, 16)
	loaded.Add(len(results) / 2) // the others load it when they come to it
	for i := range results {
		all.Go(func() {
			c := &caller{tb: t, store: node(i), cookie: first.cookie}
			ctx, conn := c.request()
			if i < len(results)/2 {
				_, ok, err := session.Data[account](ctx)
				loaded.Done()
				if err != nil || !ok {
					t.Errorf("%v, %v", ok, err)
				}
			}
			loaded.Wait()
			results[i] = result{c, act(ctx, i)}
			if sent := setCookies(conn); results[i].err == nil && len(sent) == 1 {
				c.cookie, _, _ = strings.Cut(sent[0], ";")
			}
		})
	}
	all.Wait()
	if a, ok := first.account(); ok {
		t.Errorf("the old cookie is the session of %+v", a)
	}
	return results
}

func renewConcurrently(t *testing.T, node func(i int) *session.Store) {
	t.Helper()
	won := 0
	results := concurrently(t, node, 1, func(ctx context.Context, i int) error {
		if _, ok, err := session.Data[account](ctx); err != nil || !ok {
			return session.ErrGone // it came too late
		}
		return session.Renew(ctx, func(a *account) error { a.Theme = strconv.Itoa(i); return nil })
	})
	for i, r := range results {
		switch {
		case r.err == nil:
			won++
			if a, ok := r.caller.account(); !ok || a.UserID != 1 || a.Theme != strconv.Itoa(i) {
				t.Errorf("the caller that renewed has %+v, %v", a, ok)
			}
		case !errors.Is(r.err, session.ErrGone):
			t.Error(r.err)
		}
	}
	if won != 1 {
		t.Errorf("%d have renewed it", won)
	}
}

// TestCluster: one script moves a session between keys of one slot.
func TestCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t)
	client := cluster.Client()
	renewConcurrently(t, func(int) *session.Store { return newStore(client) })

	count := &commands{}
	client.AddHook(count)
	c := &caller{tb: t, store: newStore(client)}
	for range 20 { // chains of renewed ids, all over the cluster
		c.cookie = ""
		c.login(1)
		for user := range int64(5) {
			ctx, _ := c.request()
			if _, _, err := session.Data[account](ctx); err != nil {
				t.Fatal(err)
			}
			old := c.id()
			c.login(user + 2)
			if slot, was := client.ClusterKeySlot(t.Context(), "session:"+c.id()).Val(), client.ClusterKeySlot(t.Context(), "session:"+old).Val(); slot != was {
				t.Fatalf("slot %d became %d", was, slot)
			}
			if left := client.Get(t.Context(), "session:"+old).Val(); !strings.HasPrefix(left, "moved:") {
				t.Fatalf("%s is still there: %s", old, left)
			}
			if a, ok := c.account(); !ok || a.UserID != user+2 {
				t.Fatalf("%+v, %v", a, ok)
			}
		}
	}
	c.cookie = "__session=" + uuid // one of another server has the form of another slot
	client.Set(t.Context(), "session:"+uuid, `{"id":"`+uuid+`","cookieName":"__session","createdAt":1,"data":{}}`, time.Minute)
	c.login(1)
	if a, ok := c.account(); !ok || a.UserID != 1 || c.id() == uuid {
		t.Fatalf("%+v, %v", a, ok)
	}
}

// TestSentinel: sessions outlive the master.
func TestSentinel(t *testing.T) {
	t.Parallel()
	s := redistest.Sentinel(t)
	client := goredis.NewFailoverClient(&goredis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: []string{s.Watcher.Addr()}, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { _ = client.Close() })
	c := &caller{tb: t, store: newStore(client)}
	c.login(1)
	c.login(2)
	if n, err := s.Master.Client().Wait(t.Context(), 1, 5*time.Second).Result(); n != 1 || err != nil {
		t.Fatalf("WAIT: %d replicas, %v", n, err)
	}
	s.Failover()
	deadline := time.Now().Add(20 * time.Second)
	for {
		ctx, _ := c.request()
		a, ok, err := session.Data[account](ctx)
		if err == nil {
			if !ok || a.UserID != 2 {
				t.Fatalf("%+v, %v", a, ok)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	c.login(3)
	if a, ok := c.account(); !ok || a.UserID != 3 {
		t.Fatalf("%+v, %v", a, ok)
	}
}
