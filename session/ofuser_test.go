package session_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

// users opens n sessions of each user, in the order of the users.
func users(tb testing.TB, store *session.Store, n int, ids ...int64) []*caller {
	tb.Helper()
	var all []*caller
	for _, id := range ids {
		for range n {
			c := &caller{tb: tb, store: store}
			c.login(id)
			all = append(all, c)
		}
	}
	return all
}

// in reports whether a user is logged in.
func (c *caller) in() bool {
	c.tb.Helper()
	a, _ := c.account()
	return a.UserID != 0
}

func TestSessionsOfAUser(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		here, there := newStore(client), newStore(client)
		of := func(subject string, want int) []session.Record {
			t.Helper()
			all, err := there.Of(t.Context(), subject)
			if err != nil || len(all) != want {
				t.Errorf("%s has %d sessions, want %d, %v", subject, len(all), want, err)
			}
			return all
		}
		all := users(t, here, 2, 7, 77)
		of("", 0)
		of("nobody", 0)
		of("77", 2)
		found := of("7", 2) // of one millisecond, in any order
		if !slices.ContainsFunc(found, func(r session.Record) bool { return r.ID == all[0].id() }) ||
			string(found[0].Data) != `{"userId":7}` || string(found[1].Data) != `{"userId":7}` {
			t.Errorf("%+v", found)
		}
		// A session goes with its user, also to another one, and to none.
		all[0].login(77)
		of("7", 1)
		of("77", 3)
		all[0].do(func(ctx context.Context) error {
			return session.Update(ctx, func(a *account) error { a.UserID = 0; return nil })
		})
		of("77", 2)
		all[0].do(func(ctx context.Context) error {
			return session.Update(ctx, func(a *account) error { a.UserID = 7; return nil })
		})
		of("7", 2)
		all[1].do(func(ctx context.Context) error { return session.From(ctx).Regenerate(ctx) })
		of("7", 2)
		all[2].do(func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) })
		of("77", 1)

		if n, err := there.EndAll(t.Context(), "7", all[1].id()); n != 1 || err != nil || all[0].in() || !all[1].in() {
			t.Errorf("all but one: %d, %v", n, err)
		}
		if n, err := there.EndAll(t.Context(), "7"); n != 1 || err != nil || all[1].in() || !all[3].in() {
			t.Errorf("all: %d, %v", n, err)
		}
		for _, subject := range []string{"7", "", "nobody"} {
			if n, err := there.EndAll(t.Context(), subject); n != 0 || err != nil {
				t.Errorf("again: %d, %v", n, err)
			}
		}
		if ids, err := there.IDs(t.Context(), "7"); err != nil || len(ids) < 3 {
			t.Errorf("%d ids, %v", len(ids), err)
		}
		for _, key := range []string{"sessions:7", "sessions:77"} {
			if ttl := client.TTL(t.Context(), key).Val(); ttl < 2*settings.TTL || ttl > 4*settings.TTL {
				t.Errorf("%s lives for %v", key, ttl)
			}
		}
	})
}

// A session that this version has not written is found once it was read; what is no
// session at all does no harm.
func TestForeignSessionsOfAUser(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		c := users(t, newStore(client), 1, 7)[0]
		client.Del(t.Context(), "sessions:7")
		store := newStore(client)
		if all, err := store.Of(t.Context(), "7"); err != nil || len(all) != 0 {
			t.Errorf("%d, %v", len(all), err)
		}
		c.store = store
		for i, want := range []int64{1, 0, 0} {
			if !c.in() {
				t.Error("not logged in")
			}
			if wrote := client.Del(t.Context(), "sessions:7").Val(); wrote != want {
				t.Errorf("read %d writes: %d", i, wrote)
			}
		}
		client.ZAdd(t.Context(), "sessions:7", goredis.Z{Member: c.id()})
		for _, id := range []string{"LIST", "TEXT", "NONE"} {
			client.ZAdd(t.Context(), "sessions:7", goredis.Z{Member: id})
		}
		client.RPush(t.Context(), "session:LIST", 1)
		client.Set(t.Context(), "session:TEXT", "garbage", 0)
		if all, err := store.Of(t.Context(), "7"); err != nil || len(all) != 1 {
			t.Errorf("%d, %v", len(all), err)
		}
		if n, err := store.EndAll(t.Context(), "7"); n != 1 || err != nil || c.in() {
			t.Errorf("%d, %v", n, err)
		}
		if got := client.Get(t.Context(), "session:TEXT").Val(); got != "garbage" {
			t.Errorf("what is no session is %q", got)
		}
	})
}

// TestEndAllAmongRenewals: no session gets away by being renewed or changed.
func TestEndAllAmongRenewals(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		store := newStore(dial(t, url))
		for range 5 {
			all := users(t, store, 4, 7)
			begun := make(chan struct{}, len(all))
			var wg sync.WaitGroup
			for i, c := range all {
				wg.Go(func() {
					for n := 0; ; n++ {
						ctx, conn := c.request()
						var err error
						if i%2 == 0 {
							err = session.From(ctx).Regenerate(ctx)
						} else {
							err = session.Update(ctx, func(a *account) error { a.Theme = strconv.Itoa(n); return nil })
						}
						if sent := setCookies(conn); len(sent) > 0 {
							c.cookie, _, _ = strings.Cut(sent[0], ";")
						}
						if n == 3 {
							begun <- struct{}{}
						}
						a, _ := c.account()
						if err != nil || a.UserID == 0 {
							if err != nil && !errors.Is(err, session.ErrGone) {
								t.Error(err)
							}
							return
						}
					}
				})
			}
			for range all {
				<-begun
			}
			if _, err := store.EndAll(t.Context(), "7"); err != nil {
				t.Error(err)
			}
			wg.Wait() // each ends when it is logged out
			if left, err := store.Of(t.Context(), "7"); err != nil || len(left) > 0 {
				t.Errorf("%d sessions got away, %v", len(left), err)
			}
		}
	})
}

// TestNoRenewalWhileSessionsEnd: a session that is being ended cannot get away to another
// id, but one that is kept may be renewed, and users may log in.
func TestNoRenewalWhileSessionsEnd(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		store := newStore(client)
		all := users(t, store, 2, 7)
		if err := client.Set(t.Context(), "closing-sessions:7", all[1].id(), time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		renew := func(c *caller) error {
			ctx, _ := c.request()
			return session.From(ctx).Regenerate(ctx)
		}
		if err := renew(all[0]); !errors.Is(err, session.ErrGone) {
			t.Errorf("a session that is being ended was renewed: %v", err)
		}
		if err := renew(all[1]); err != nil {
			t.Errorf("the session to keep: %v", err)
		}
		if again := users(t, store, 1, 7); !again[0].in() {
			t.Error("nobody can log in")
		}
		if _, err := store.EndAll(t.Context(), "7"); err != nil {
			t.Error(err)
		}
		if n := client.Exists(t.Context(), "closing-sessions:7").Val(); n != 0 {
			t.Error("renewals are still refused")
		}
	})
}

// TestOfAUserWithoutRedis: an outage is an error, and not a user without sessions.
func TestOfAUserWithoutRedis(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	store := session.NewStore(session.Options{Redis: &redis.Connections{}})
	_, ofErr := store.Of(ctx, "7")
	_, idsErr := store.IDs(ctx, "7")
	_, endErr := store.EndAll(ctx, "7")
	for _, err := range []error{ofErr, idsErr, endErr} {
		if err == nil {
			t.Error("no error")
		}
	}
}
