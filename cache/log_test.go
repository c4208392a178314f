package cache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/cache"
)

// lines is a logger of what has no time in it, and what it wrote.
func lines(level slog.Level) (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewTextHandler(&out, plainLog(level))), &out
}

func plainLog(level slog.Level) *slog.HandlerOptions {
	return &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "after" {
			return slog.Attr{}
		}
		return a
	}}
}

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, plainLog(slog.LevelInfo)))
	observe := cache.Observe(cache.Log(logger))

	rdb, closeAll := connect()
	defer closeAll()
	ctx := context.Background()
	rdb.Set(ctx, "cache:user:1", "not JSON", 0)
	name, err := cache.Fetch(ctx, rdb, "cache:user:1", time.Minute,
		func(context.Context) (string, error) { return "Ada", nil }, observe)
	fmt.Println(name, err)
	// Output:
	// level=WARN msg="cache: an entry is not of the wanted type and is replaced" key=cache:user:1
	// Ada <nil>
}

func TestLogSaysWhatIsWrong(t *testing.T) {
	failure := errors.New("dial: refused")
	for _, c := range []struct {
		event cache.Event
		want  string
	}{
		{cache.Event{Kind: cache.EventHit}, ""},
		{cache.Event{Kind: cache.EventMiss, Err: failure}, ""},
		{cache.Event{Kind: cache.EventJoin}, ""},
		{cache.Event{Kind: cache.EventStale}, ""},
		{cache.Event{Kind: cache.EventRefresh}, ""},
		{cache.Event{}, ""},
		{cache.Event{Kind: 200, Err: failure}, ""},
		{cache.Event{Kind: cache.EventFailOpen, Err: failure}, `WARN msg="cache: redis could not be used, so the value was loaded" key=k error="dial: refused"`},
		{cache.Event{Kind: cache.EventCorrupt}, `WARN msg="cache: an entry is not of the wanted type and is replaced" key=k`},
		{cache.Event{Kind: cache.EventCorrupt, Err: failure}, `WARN msg="cache: a value has no JSON form and is not stored" key=k error="dial: refused"`},
		{cache.Event{Kind: cache.EventRejected}, `DEBUG msg="cache: a key was deleted while it was loaded, so the value is not stored" key=k`},
		{cache.Event{Kind: cache.EventRejected, Err: failure}, `WARN msg="cache: redis refused to store a value" key=k error="dial: refused"`},
		{cache.Event{Kind: cache.EventRefresh, Err: failure}, `WARN msg="cache: a refresh failed, the stale value stays" key=k error="dial: refused"`},
	} {
		logger, out := lines(slog.LevelDebug)
		c.event.Key = "k"
		cache.Log(logger)(c.event)
		if got := strings.TrimPrefix(strings.TrimSpace(out.String()), "level="); got != c.want {
			t.Errorf("%s, %v: %q, want %q", c.event.Kind, c.event.Err, got, c.want)
		}
	}
}

func TestLogWritesALineOfAKindInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, out := lines(slog.LevelInfo)
		observe := cache.Log(logger)
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { observe(cache.Event{Kind: cache.EventFailOpen, Key: "a", Err: errors.New("down")}) })
		}
		all.Wait()
		observe(cache.Event{Kind: cache.EventCorrupt, Key: "b"})
		time.Sleep(10*time.Second - time.Nanosecond)
		observe(cache.Event{Kind: cache.EventFailOpen, Key: "c"})
		time.Sleep(time.Nanosecond)
		observe(cache.Event{Kind: cache.EventFailOpen, Key: "d"})
		time.Sleep(10 * time.Second)
		observe(cache.Event{Kind: cache.EventFailOpen, Key: "e"})
		want := []string{`key=a error=down`, `key=b`, `key=d omitted=1000`, `key=e`}
		got := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(got) != len(want) {
			t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), out)
		}
		for i, line := range got {
			if !strings.HasSuffix(line, `" `+want[i]) {
				t.Errorf("line %d: %s, want … %s", i, line, want[i])
			}
		}
	})
}

// TestLogSaysThatRedisIsBack: once, and not while calls still do without it.
func TestLogSaysThatRedisIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, out := lines(slog.LevelInfo)
		observe := cache.Log(logger)
		hit := cache.Event{Kind: cache.EventHit, Key: "a"}
		observe(hit)
		for range 20 { // one server of a cluster is down
			observe(cache.Event{Kind: cache.EventFailOpen, Key: "b", Err: errors.New("down")})
			observe(hit)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Second)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { observe(hit) })
		}
		all.Wait()
		observe(cache.Event{Kind: cache.EventMiss, Key: "a"})
		want := `level=WARN msg="cache: redis could not be used, so the value was loaded" key=b error=down
level=INFO msg="cache: redis is used again" without=20
`
		if out.String() != want {
			t.Errorf("logged\n%swant\n%s", out, want)
		}
	})
}

func TestLogOmitsWithoutAllocating(t *testing.T) {
	logger, _ := lines(slog.LevelWarn)
	observe := cache.Log(logger)
	event := cache.Event{Kind: cache.EventFailOpen, Key: "k", Err: errors.New("down")}
	observe(event)
	if n := testing.AllocsPerRun(1000, func() { observe(event) }); n != 0 {
		t.Errorf("%v allocations for a line that is left out", n)
	}
}

func TestObserversAreCalledInTurn(t *testing.T) {
	rdb, closeAll := connect()
	defer closeAll()
	var calls []string
	note := func(name string) func(cache.Event) {
		return func(e cache.Event) { calls = append(calls, name+" "+e.Kind.String()) }
	}
	fetch := func(o cache.Option) {
		calls = nil
		_, err := cache.Fetch(t.Context(), rdb, "turn", time.Minute,
			func(context.Context) (int, error) { return 1, nil }, o)
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		option cache.Option
		want   string
	}{
		{cache.Observe(), "[]"},
		{cache.Observe(nil), "[]"},
		{cache.Observe(nil, nil), "[]"},
		{cache.Observe(note("a")), "[a hit]"},
		{cache.Observe(note("a"), nil, note("b")), "[a hit b hit]"},
	} {
		fetch(c.option)
		fetch(c.option)
		if got := fmt.Sprint(calls); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
