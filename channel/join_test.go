package channel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestWhoMayJoin(t *testing.T) {
	url := redistest.Start(t).URL()
	n, hiding := start(t, url, channel.Options{}), start(t, url, channel.Options{HideInternals: true})
	own := &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
	long := strings.Repeat("k", 513)
	for name, test := range map[string]struct {
		authorize    channel.Handler
		key          func(context.Context, *channel.Join) (string, error)
		kind         fault.Type
		want, hidden string
	}{
		"own":      {func(context.Context, *channel.Join) error { return own }, nil, own.Type, own.Message, own.Message},
		"wrapped":  {func(context.Context, *channel.Join) error { return fmt.Errorf("x: %w", own) }, nil, own.Type, own.Message, own.Message},
		"plain":    {func(context.Context, *channel.Join) error { return io.EOF }, nil, fault.ConnectionChannelAuthorization, "EOF", "Not allowed to join this channel"},
		"below":    {func(context.Context, *channel.Join) error { return fmt.Errorf("session: %w", below) }, nil, fault.ConnectionServerError, "session: redis is down", "Internal server error"},
		"panic":    {func(context.Context, *channel.Join) error { panic("x") }, nil, fault.ConnectionServerError, "Internal server error", "Internal server error"},
		"broken":   {func(context.Context, *channel.Join) error { return (*broken)(nil) }, nil, fault.ConnectionServerError, "Internal server error", "Internal server error"},
		"key":      {nil, func(context.Context, *channel.Join) (string, error) { return "", io.EOF }, fault.ConnectionChannelAuthorization, "EOF", "Not allowed to join this channel"},
		"keyPanic": {nil, func(context.Context, *channel.Join) (string, error) { panic("x") }, fault.ConnectionServerError, "Internal server error", "Internal server error"},
		"keyLong":  {nil, func(context.Context, *channel.Join) (string, error) { return long, nil }, fault.ConnectionServerError, "This channel cannot be joined", "This channel cannot be joined"},
		"keyBytes": {nil, func(context.Context, *channel.Join) (string, error) { return "\xff", nil }, fault.ConnectionServerError, "This channel cannot be joined", "This channel cannot be joined"},
	} {
		for _, hub := range []*testNode{n, hiding} {
			hub.Handle(channel.Channel{Name: name, Authorize: test.authorize, PresenceKey: test.key})
		}
		fails(t, n.Join(t.Context(), newClient("1"), name), test.kind, test.want)
		fails(t, hiding.Join(t.Context(), newClient("1"), name), test.kind, test.hidden)
		hasMembers(t, n, name)
	}
}

// broken is an error that cannot even be printed.
type broken struct{ text string }

func (b *broken) Error() string { return b.text }

// below is an error of a package below, such as session.
var below = fault.Internal(errors.New("redis is down"))

// passed is a key in the contexts of TestMiddleware.
type passed string

func TestMiddleware(t *testing.T) {
	n := start(t, redistest.Start(t).URL(), channel.Options{})
	var steps []string
	step := func(name string) channel.Middleware {
		return func(next channel.Handler) channel.Handler {
			return func(ctx context.Context, j *channel.Join) error {
				steps = append(steps, name)
				err := next(context.WithValue(ctx, passed(name), name), j)
				steps = append(steps, fmt.Sprint(name, " ", err))
				return err
			}
		}
	}
	no := errors.New("no")
	n.Handle(channel.Channel{
		Name: "club:{club}", Middleware: []channel.Middleware{step("a"), step("b")},
		Authorize: func(ctx context.Context, j *channel.Join) error {
			steps = append(steps, fmt.Sprint("authorize ", ctx.Value(passed("a")), ctx.Value(passed("b"))))
			if j.Params["club"] == "closed" {
				return no
			}
			return nil
		},
		Left: func(_ context.Context, j *channel.Join) {
			steps = append(steps, "left "+j.Name)
			panic("is survived")
		},
	})
	c := newClient("1")
	joins(t, n, c, "club:1")
	joins(t, n, c, "club:1") // no middleware runs again
	leaves(t, n, c, "club:1")
	if err := n.Join(t.Context(), c, "club:closed"); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	joins(t, n, c, "club:2")
	n.LeaveAll(t.Context(), c)
	joins(t, n, c, "club:3")
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := []string{"a", "b", "authorize ab", "b <nil>", "a <nil>"}
	want := slices.Concat(in, []string{"left club:1", "a", "b", "authorize ab", "b no", "a no"},
		in, []string{"left club:2"}, in, []string{"left club:3"})
	if !slices.Equal(steps, want) {
		t.Errorf("got\n%q, want\n%q", steps, want)
	}
}

// TestGoneWhileJoining: a connection that ends while the app is asked, or that
// leaves, is not in the channel afterwards.
func TestGoneWhileJoining(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n := start(t, url, channel.Options{})
		asked, answer := make(chan bool), make(chan error)
		n.Handle(channel.Channel{Name: "slow", Authorize: func(context.Context, *channel.Join) error {
			asked <- true
			return <-answer
		}})
		c := newClient("1")
		join := func(ctx context.Context) chan error {
			done := make(chan error)
			go func() { done <- n.Join(ctx, c, "slow") }()
			<-asked
			return done
		}

		done := join(t.Context())
		n.LeaveAll(t.Context(), c)
		answer <- nil
		fails(t, <-done, fault.ConnectionServerError, "The channel cannot be joined at the moment")

		ctx, cancel := context.WithCancel(t.Context())
		done = join(ctx)
		second := make(chan error)
		go func() { second <- n.Join(ctx, c, "slow") }()
		cancel()
		fails(t, <-second, fault.ConnectionServerError, "The channel cannot be joined at the moment")
		answer <- nil
		fails(t, <-done, fault.ConnectionServerError, "The channel cannot be joined at the moment")

		done = join(t.Context())
		go func() { second <- n.Leave(t.Context(), c, "slow") }()
		answer <- nil
		if err := errors.Join(<-done, <-second); err != nil { // the leave comes after the join
			t.Error(err)
		}

		done = join(t.Context())
		stopped := make(chan error)
		go func() { stopped <- n.Stop(t.Context()) }()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		answer <- nil
		fails(t, <-done, fault.ConnectionServerError, "The channel cannot be joined at the moment")
		hasMembers(t, n, "slow")
		if keys := open(t, url).Client.Keys(t.Context(), "*").Val(); len(keys) > 0 {
			t.Errorf("there is %q", keys)
		}
	})
}

func TestGoexitInTheApp(t *testing.T) {
	n := start(t, redistest.Start(t).URL(), channel.Options{Logger: slog.New(slog.DiscardHandler)})
	n.Handle(channel.Channel{Name: "exit", Authorize: func(context.Context, *channel.Join) error {
		runtime.Goexit()
		return nil
	}})
	c, done := newClient("1"), make(chan bool)
	for range 2 { // the seat is free again
		go func() {
			defer func() { done <- true }()
			_ = n.Join(t.Context(), c, "exit")
		}()
		<-done
	}
}

// TestJoinAndLeaveAtOnce: however joins and leaves interleave, the clients that are in
// a channel at the end are present and get its messages, and no others.
func TestJoinAndLeaveAtOnce(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		nodes := []*testNode{start(t, url, channel.Options{}), start(t, url, channel.Options{}), start(t, url, channel.Options{})}
		watcher := newClient("watcher/")
		joins(t, nodes[0], watcher, "room:0")
		var mu sync.Mutex
		present := map[string]map[*client]bool{}
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				n, c := nodes[i%3], newClient(fmt.Sprintf("%d/%d", i/4, i)) // four connections of each member
				for k := range 30 {
					name := fmt.Sprintf("room:%d", (i+k)%3)
					joins(t, n, c, name)
					if k%3 == 0 {
						leaves(t, n, c, name)
					}
					if k%10 == 9 && k < 29 {
						n.LeaveAll(t.Context(), c)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for k := range 3 {
					name := fmt.Sprintf("room:%d", k)
					if n.Leave(t.Context(), c, name) == nil && i%2 == 0 {
						joins(t, n, c, name)
						if present[name] == nil {
							present[name] = map[*client]bool{}
						}
						present[name][c] = true
					}
				}
			})
		}
		wg.Wait()
		for k := range 3 {
			name := fmt.Sprintf("room:%d", k)
			members := map[string]bool{}
			for c := range present[name] {
				members[strings.Split(c.id, "/")[0]] = true
			}
			if k == 0 {
				members["watcher"] = true
			}
			hasMembers(t, nodes[1], name, sorted(members)...)
			broadcasts(t, nodes[2], name, "last")
			for c := range present[name] {
				eventually.Nil(t, func() error {
					if got := c.got(name); len(got) == 0 || got[len(got)-1] != `"last"` {
						return fmt.Errorf("%s hears nothing on %s", c.id, name)
					}
					return nil
				})
			}
		}
		eventually.Nil(t, func() error { return told(watcher, sorted(keysOf(present["room:0"], "watcher"))) })
	})
}

// told checks that the events which a client saw, each the opposite of the one
// before, come to the members that are there.
func told(c *client, want []string) error {
	here := map[string]bool{}
	for _, text := range c.got("room:0") {
		event, key, ok := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(text, `"}`), `{"event":"`), `","presenceKey":"`)
		if !ok {
			continue // the broadcast
		}
		if here[key] == (event == "join") {
			return fmt.Errorf("%s of %s, twice", event, key)
		}
		if delete(here, key); event == "join" {
			here[key] = true
		}
	}
	if got := sorted(here); !slices.Equal(got, want) {
		return fmt.Errorf("the events come to %q, want %q", got, want)
	}
	return nil
}

func keysOf(clients map[*client]bool, more ...string) map[string]bool {
	keys := map[string]bool{}
	for c := range clients {
		keys[strings.Split(c.id, "/")[0]] = true
	}
	for _, key := range more {
		keys[key] = true
	}
	return keys
}

func sorted(set map[string]bool) []string {
	var all []string
	for key := range set {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

// TestGoneWhileRedisHangs: a connection in many channels is waited for once, and
// the app hears of all of them.
func TestGoneWhileRedisHangs(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	n := start(t, server.URL(), channel.Options{Timeout: 500 * time.Millisecond})
	var left []string
	n.Handle(channel.Channel{Name: "hall:{hall}", Left: func(ctx context.Context, j *channel.Join) {
		if ctx.Err() == nil {
			left = append(left, j.Name)
		}
	}})
	c := newClient("1")
	for i := range 20 {
		joins(t, n, c, fmt.Sprintf("hall:%d", i))
	}
	server.Pause()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	n.LeaveAll(gone, c)
	if took := time.Since(began); took > 3*time.Second || len(left) != 20 {
		t.Errorf("left %d channels in %v", len(left), took)
	}
	server.Resume()
	hasMembers(t, n, "hall:7")
}

// TestManyJoins: they share round trips to Redis.
func TestManyJoins(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, many := start(t, url, channel.Options{}), 2000
		if strings.HasSuffix(t.Name(), "/embedded") {
			many = 200 // it looks at every key that expires, at every command
		}
		began := time.Now()
		var wg sync.WaitGroup
		var want []string
		for i := range many {
			c := newClient(fmt.Sprintf("%04d/", i))
			want = append(want, fmt.Sprintf("%04d", i))
			wg.Go(func() { joins(t, n, c, "room:1") })
		}
		wg.Wait()
		t.Logf("%d joins in %v", many, time.Since(began))
		hasMembers(t, n, "room:1", want...)
		began = time.Now()
		if err := n.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("stopped in %v", time.Since(began))
	})
}
