package session_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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
			return session.Renew(ctx, func(a *account) error { a.UserID = 2; return nil })
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

// TestConcurrentRenewal: of many that renew one session at a time, one does; there
// is one session afterwards, and only the one cookie is it.
func TestConcurrentRenewal(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		nodes := []*goredis.Client{dial(t, url), dial(t, url)}
		renewConcurrently(t, func(i int) *session.Store { return newStore(nodes[i%2]) })
		if left := keys(t, nodes[0]); len(left) != 1 {
			t.Errorf("redis holds %q", left)
		}
	})
}

func renewConcurrently(t *testing.T, node func(i int) *session.Store) {
	t.Helper()
	first := &caller{tb: t, store: node(0)}
	first.login(1)
	var all, loaded sync.WaitGroup
	var won atomic.Int64
	const many = 16
	loaded.Add(many)
	for i := range many {
		all.Go(func() {
			c := &caller{tb: t, store: node(i), cookie: first.cookie}
			ctx, conn := c.request()
			_, ok, err := session.Data[account](ctx)
			loaded.Done()
			loaded.Wait()
			if err != nil || !ok {
				t.Errorf("%v, %v", ok, err)
			}
			err = session.Renew(ctx, func(a *account) error { a.UserID = int64(100 + i); return nil })
			switch {
			case err == nil:
				won.Add(1)
				c.cookie = setCookies(conn)[0]
				if i := len("__session="); len(c.cookie) > i {
					c.cookie = c.cookie[:len(c.cookie)-len("; Max-Age=86400; Path=/; HttpOnly; SameSite=Strict")]
				}
				if a, ok := c.account(); !ok || a.UserID != int64(100+i) {
					t.Errorf("the caller that renewed has %+v, %v", a, ok)
				}
			case !errors.Is(err, session.ErrGone):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d have renewed it", won.Load())
	}
	if a, ok := first.account(); ok {
		t.Errorf("the old cookie is the session of %+v", a)
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
			if n := client.Exists(t.Context(), "session:"+old).Val(); n != 0 {
				t.Fatalf("%s is still there", old)
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
