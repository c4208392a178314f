package channel_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// TestChaosOfPresence has Redis lose all or some of what it knows of members while these
// come and go, on two nodes each. Each client is told of joins and leaves by
// turns, of none of those who stay, and knows in the end who is there.
func TestChaosOfPresence(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		t.Parallel()
		seed := *chaosSeed
		if seed == 0 {
			seed = uint64(time.Now().UnixNano())
		}
		t.Logf("-chaos-seed %d", seed)
		all := newFamily(t, url, channel.Options{PresenceTTL: time.Minute, Heartbeat: 200 * time.Millisecond})
		nodes := []*testNode{all.a, all.b, all.c}
		stop := make(chan struct{})
		var comers sync.WaitGroup
		for i := range 12 { // two connections of six members, on different nodes
			c, n := newClient(fmt.Sprintf("comes%d/%d", i%6, i)), nodes[(i+i/6)%3]
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			comers.Go(func() {
				for {
					joins(t, n, c, "room:1")
					rest(random, 0, 300*time.Millisecond)
					leaves(t, n, c, "room:1")
					select {
					case <-stop:
						return
					default:
						rest(random, 0, 300*time.Millisecond)
					}
				}
			})
		}
		random := rand.New(rand.NewPCG(seed, 5000))
		during(t, random, func() {
			keys := all.rdb.Keys(t.Context(), "*presence:room:1*").Val()
			if random.IntN(3) == 0 || len(keys) == 0 {
				flush(t, all.rdb)
			} else {
				all.rdb.Del(t.Context(), keys[random.IntN(len(keys))])
			}
		})
		close(stop)
		comers.Wait()
		hasMembers(t, all.a, "room:1", "ada", "bob", "eve", "kim")
		for c, before := range all.before {
			eventually.Nil(t, func() error { return byTurns(c.got("room:1")[len(before):]) })
		}
	})
}

// byTurns checks what a client was told of members who have all left.
func byTurns(events []string) error {
	present := map[string]bool{}
	for i, text := range events {
		var e struct{ Event, PresenceKey string }
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return err
		}
		if !strings.HasPrefix(e.PresenceKey, "comes") || present[e.PresenceKey] == (e.Event == "join") {
			return fmt.Errorf("event %d should not be: %q", i, events)
		}
		present[e.PresenceKey] = e.Event == "join"
	}
	if len(events) < 6 {
		return fmt.Errorf("hardly anything has happened: %q", events)
	}
	for key, is := range present {
		if is {
			return fmt.Errorf("%s has not left: %q", key, slices.Compact(events))
		}
	}
	return nil
}
