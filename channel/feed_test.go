package channel

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/keryx-go/keryx/redis"
)

// TestAConnectionThatBreaksAtOnce: when a new connection breaks before it has confirmed
// a topic, that is another gap.
func TestAConnectionThatBreaksAtOnce(t *testing.T) {
	var gaps []Gap
	o := Options{Redis: &redis.Connections{}, Logger: slog.New(slog.DiscardHandler)}
	f := newFeed(o, keyspace{topics: "t:"}, "node", func() {}, func(g Gap) { gaps = append(gaps, g) })
	n := f.lines[""]
	connect := func() { n.wanted(); n.restored(&link{line: n, began: time.Now()}) }
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	connect()
	done := make(chan error, 1)
	go func() { _, err := f.acquire(ctx, "room", History{}); done <- err }()
	for joined := false; !joined; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			joined = true
		default:
			n.confirmed("subscribe", "t:room")
		}
	}
	n.lost(errors.New("broken"))
	connect()
	n.lost(errors.New("broken at once"))
	connect()
	if len(gaps) != 2 || len(gaps[1].Channels) != 1 || gaps[1].Since.After(gaps[0].Until) {
		t.Errorf("the gaps are %v", gaps)
	}
	n.confirmed("subscribe", "t:room")
	f.mu.Lock()
	for topic, r := range f.rooms {
		r.holders = 0
		f.settle(r)
		t.Log("dismissed", topic)
	}
	f.mu.Unlock()
	n.lost(errors.New("broken"))
	connect()
	if len(gaps) != 2 {
		t.Errorf("a room that was left has a gap: %v", gaps)
	}
}
