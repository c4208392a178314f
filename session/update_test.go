package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/session"
)

func embedded(tb testing.TB) string {
	tb.Helper()
	return "redis://" + miniredis.RunT(tb).Addr()
}

// uuid is the id of a session that a Keryx server in another language has made.
const uuid = "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d"

// TestUpdateKeepsWhatItDoesNotChange, to the last digit of a number.
func TestUpdateKeepsWhatItDoesNotChange(t *testing.T) {
	const before = `{"id":"` + uuid + `", "cookieName":"__session","createdAt":1700000000000,"later":[] ,` +
		`"data":{"big":12345678901234567890,"tiny":1.0e-7, "empty":[],"none":{},"\u0061":"<\u003e","theme":"light","userId":9007199254740993,` +
		`"cart":{"sku":1.10,"more":{"x":[]}}}}`
	type cart struct {
		Count int `json:"count,omitempty"`
	}
	type data struct {
		Theme  string  `json:"theme"`
		UserID float64 `json:"userId"` // cannot hold the number exactly, and does not touch it
		Cart   cart    `json:"cart"`
		New    []int   `json:"new,omitempty"`
		Zero   int     `json:"zero"`
	}
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		c := &caller{tb: t, store: newStore(client), cookie: "__session=" + uuid}
		for _, test := range []struct {
			change func(*data) error
			want   string
		}{
			{func(*data) error { return nil }, before},
			{func(d *data) error { d.Theme = "dark"; return nil },
				`{"cookieName":"__session","createdAt":1700000000000,"data":{"a":"\u003c\u003e","big":12345678901234567890,` +
					`"cart":{"sku":1.10,"more":{"x":[]}},"empty":[],"none":{},"theme":"dark","tiny":1.0e-7,"userId":9007199254740993},` +
					`"id":"` + uuid + `","later":[]}`},
			{func(d *data) error { d.Cart.Count, d.New = 2, []int{1}; return nil },
				`{"cookieName":"__session","createdAt":1700000000000,"data":{"a":"\u003c\u003e","big":12345678901234567890,` +
					`"cart":{"count":2,"more":{"x":[]},"sku":1.10},"empty":[],"new":[1],"none":{},"theme":"light","tiny":1.0e-7,"userId":9007199254740993},` +
					`"id":"` + uuid + `","later":[]}`},
		} {
			client.Set(t.Context(), "session:"+uuid, before, time.Minute)
			c.do(func(ctx context.Context) error { return session.Update(ctx, test.change) })
			if got := client.Get(t.Context(), "session:"+uuid).Val(); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		}
	})
}

// TestUpdateOfAMap: keys that are taken out are gone, others stay.
func TestUpdateOfAMap(t *testing.T) {
	client := dial(t, embedded(t))
	c := &caller{tb: t, store: newStore(client)}
	c.login(1)
	for _, test := range []struct {
		change func(*map[string]any) error
		want   string
	}{
		{func(m *map[string]any) error { (*m)["A"], (*m)["a"] = 1, 2; return nil }, `{"A":1,"a":2,"userId":1}`},
		{func(m *map[string]any) error { delete(*m, "A"); return nil }, `{"a":2,"userId":1}`},
		{func(m *map[string]any) error { *m = nil; return nil }, `{}`},
	} {
		c.do(func(ctx context.Context) error { return session.Update(ctx, test.change) })
		ctx, _ := c.request()
		if r, err := session.From(ctx).Load(ctx); err != nil || string(r.Data) != test.want {
			t.Errorf("%s, %v, want %s", r.Data, err, test.want)
		}
	}
}

// TestUpdateThatFails writes nothing, and makes no session.
func TestUpdateThatFails(t *testing.T) {
	t.Parallel()
	client := dial(t, embedded(t))
	c := &caller{tb: t, store: newStore(client)}
	ctx, conn := c.request()
	why := errors.New("why")
	if err := session.Update(ctx, func(a *account) error { a.UserID = 1; return why }); err != why {
		t.Errorf("got %v", err)
	}
	if err := session.Update(ctx, func(*[]int) error { return nil }); err == nil || !strings.Contains(err.Error(), "does not fit []int") {
		t.Errorf("a list: %v", err)
	}
	if err := session.Update(ctx, func(m *map[string]any) error { (*m)["x"] = make(chan int); return nil }); err == nil || !strings.Contains(err.Error(), "cannot hold") {
		t.Errorf("what JSON cannot say: %v", err)
	}
	if left, sent := keys(t, client), setCookies(conn); len(left)+len(sent) != 0 {
		t.Errorf("redis holds %q, and the reply %q", left, sent)
	}
	c.login(1)
	ctx, _ = c.request()
	type other struct {
		UserID string `json:"userId"`
	}
	if _, ok, err := session.Data[other](ctx); ok || err == nil || !strings.Contains(err.Error(), "does not fit session_test.other") {
		t.Errorf("data of another type: %v, %v", ok, err)
	}
	if err := session.Update(ctx, func(a *account) error {
		return session.Update(ctx, func(a *account) error { a.UserID++; return nil })
	}); err != nil {
		t.Errorf("a change within a change that changes nothing itself: %v", err)
	}
	if err := session.Update(ctx, func(a *account) error {
		a.UserID++
		return session.Update(ctx, func(a *account) error { a.UserID++; return nil })
	}); err == nil || !strings.Contains(err.Error(), "kept changing") {
		t.Errorf("a change within a change: %v", err)
	}
}

// TestConcurrentUpdates: two servers, many requests, one session; no field and no
// increment is lost.
func TestConcurrentUpdates(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		nodes := []*session.Store{newStore(dial(t, url)), newStore(dial(t, url))}
		first := &caller{tb: t, store: nodes[0]}
		first.login(1)
		const writers, rounds = 16, 8
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				c := &caller{tb: t, store: nodes[i%2], cookie: first.cookie}
				shared, _ := c.request() // half of the updates are of one request
				for round := range rounds {
					ctx := shared
					if round%2 == 0 {
						ctx, _ = c.request()
					}
					if err := session.Update(ctx, func(m *map[string]int) error {
						(*m)[fmt.Sprintf("field%d", i)] = round + 1
						(*m)["sum"]++
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		ctx, _ := first.request()
		m, _, err := session.Data[map[string]int](ctx)
		if err != nil || m["sum"] != writers*rounds || m["userId"] != 1 {
			t.Errorf("%v, %v", m, err)
		}
		for i := range writers {
			if m[fmt.Sprintf("field%d", i)] != rounds {
				t.Errorf("field %d is lost: %v", i, m)
			}
		}
	})
}

// TestConcurrentUseOfOneRequest: its goroutines share one load and one session.
func TestConcurrentUseOfOneRequest(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		c := &caller{tb: t, store: newStore(client)}
		ctx, _ := c.request()
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if err := session.Update(ctx, func(m *map[string]int) error { (*m)[fmt.Sprint(i)] = i; return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		m, _, err := session.Data[map[string]int](ctx)
		if left := keys(t, client); err != nil || len(m) != 16 || len(left) != 1 {
			t.Errorf("%v, %v, redis holds %q", m, err, left)
		}
	})
}
