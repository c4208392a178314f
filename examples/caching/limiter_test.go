package main

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestCodesAreLimited(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		send := func(to string) keryxtest.Response {
			return app.Send("POST", "/api/codes", map[string]any{"to": to})
		}
		want(t, send("ada@example.com"), http.StatusOK, `{"left":2}`)
		want(t, send("ADA@example.com"), http.StatusOK, `{"left":1}`)
		want(t, send("ada@example.com"), http.StatusOK, `{"left":0}`)
		want(t, send("ada@example.com"), http.StatusTooManyRequests, `too many codes: try again in 9.`)
		want(t, send("ada@example.com"), http.StatusTooManyRequests, "CONNECTION_RATE_LIMITED")
		want(t, send("grace@example.com"), http.StatusOK, `{"left":2}`)
		want(t, send("nobody"), http.StatusNotAcceptable, `"key":"to"`)

		allowed := 0
		for _, r := range together(t, app, 50, "POST", "/api/codes", map[string]any{"to": "hedy@example.com"}) {
			if r.Status == http.StatusOK {
				allowed++
			}
		}
		if allowed != 3 {
			t.Errorf("%d were let through at once", allowed)
		}
		rdb := app.Redis.Client
		if n, ttl := rdb.ZCard(t.Context(), "limit:code:hedy@example.com").Val(),
			rdb.PTTL(t.Context(), "limit:code:hedy@example.com").Val(); n != 3 || ttl <= 0 || ttl > codeLimit.window {
			t.Errorf("the set has %d entries for %v", n, ttl)
		}
	})
}

// span is when an event happened: somewhere between the two.
type span struct{ sent, answered time.Time }

// TestTheWindowSlides has many callers ask for more than they get, for several
// windows.
func TestTheWindowSlides(t *testing.T) {
	slow.Skip(t, "it keeps Redis busy for seconds")
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := connect(t, url)
		l := limiter{prefix: "limit:", limit: 7, window: 300 * time.Millisecond}
		end := time.Now().Add(5 * l.window)
		var mu sync.Mutex
		var events []span
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for time.Now().Before(end) {
					s := span{sent: time.Now()}
					left, wait, err := l.take(t.Context(), rdb, "x")
					s.answered = time.Now()
					if err != nil || left < 0 || left >= l.limit || wait > l.window {
						t.Errorf("left %d, wait %v, %v", left, wait, err)
						return
					}
					if wait > 0 {
						continue
					}
					mu.Lock()
					events = append(events, s)
					mu.Unlock()
				}
			})
		}
		callers.Wait()

		slices.SortFunc(events, func(a, b span) int { return a.answered.Compare(b.answered) })
		for i := range events[:max(0, len(events)-int(l.limit))] {
			some := events[i : i+int(l.limit)+1]
			first := slices.MinFunc(some, func(a, b span) int { return a.sent.Compare(b.sent) }).sent
			if d := some[l.limit].answered.Sub(first); d < l.window {
				t.Errorf("%d were let through within %v", len(some), d)
			}
		}
		if n := int64(len(events)); n < 4*l.limit || n > 6*l.limit {
			t.Errorf("%d were let through in five windows of %d", n, l.limit)
		}
	})
}

func TestTheWaitIsTrue(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := connect(t, url)
		l := limiter{prefix: "limit:", limit: 1, window: 200 * time.Millisecond}
		if _, wait, err := l.take(t.Context(), rdb, "x"); wait != 0 || err != nil {
			t.Fatal(wait, err)
		}
		_, wait, err := l.take(t.Context(), rdb, "x")
		if wait < 100*time.Millisecond || wait > l.window || err != nil {
			t.Fatal(wait, err)
		}
		timer := time.NewTimer(wait + 10*time.Millisecond)
		defer timer.Stop()
		<-timer.C
		if _, wait, err = l.take(t.Context(), rdb, "x"); wait != 0 || err != nil {
			t.Error("still refused after what it said to wait:", wait, err)
		}
	})
}

// TestALostReplyCountsOnce sends a script again as the client does.
func TestALostReplyCountsOnce(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := connect(t, url)
		for range 3 {
			reply, err := limitScript.Run(t.Context(), rdb, []string{"x"}, 2, 1e6, "token").Int64Slice()
			if err != nil || !slices.Equal(reply, []int64{1, 0}) {
				t.Errorf("%v, %v", reply, err)
			}
		}
		for range 3 {
			reply, err := takeScript.Run(t.Context(), rdb, []string{"{p}", "{p}:taken"}, 0, 1000).Int64Slice()
			if err != nil || !slices.Equal(reply, []int64{0, 1}) {
				t.Errorf("%v, %v", reply, err)
			}
			rdb.Set(t.Context(), "{p}", 5, 0)
		}
	})
}

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}
