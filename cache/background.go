package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// errStopped is the cause with which Stop cancels.
var errStopped = errors.New("cache: Stop was called")

// background runs the goroutines of a client that may outlive the calls which have
// started them.
type background struct {
	mu  sync.Mutex
	now *generation // nil when none was started since stop
}

// generation is the goroutines that were started between two stops.
type generation struct {
	life    context.Context
	end     context.CancelCauseFunc
	running map[*string]struct{} // by the keys they work for
	empty   chan struct{}        // closed when running is empty after stop; nil before
}

// run calls f in a goroutine. life ends with stop.
func (b *background) run(key string, f func(life context.Context)) {
	b.mu.Lock()
	g := b.now
	if g == nil {
		g = &generation{running: map[*string]struct{}{}}
		g.life, g.end = context.WithCancelCause(context.Background())
		b.now = g
	}
	own := &key
	g.running[own] = struct{}{}
	b.mu.Unlock()
	go func() {
		defer b.done(g, own) // f may leave by Goexit
		f(g.life)
	}()
}

func (b *background) done(g *generation, own *string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(g.running, own)
	if len(g.running) == 0 && g.empty != nil {
		close(g.empty)
	}
}

// stop ends all goroutines and waits for them.
func (b *background) stop(ctx context.Context) error {
	b.mu.Lock()
	g := b.now
	if g == nil || len(g.running) == 0 {
		b.mu.Unlock()
		return nil
	}
	b.now = nil
	g.empty = make(chan struct{})
	b.mu.Unlock()
	g.end(errStopped)
	select {
	case <-g.empty:
		return nil
	case <-ctx.Done():
		return b.unfinished(ctx, g)
	}
}

// maxNamed is how many keys an error of stop names.
const maxNamed = 10

func (b *background) unfinished(ctx context.Context, g *generation) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(g.running) == 0 {
		return nil
	}
	var keys []string
	for key := range g.running {
		keys = append(keys, fmt.Sprintf("%q", *key))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	more := ""
	if n := len(keys) - maxNamed; n > 0 {
		keys, more = keys[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("cache: loads have not ended: %s%s: %w", strings.Join(keys, ", "), more, ctx.Err())
}

// wait reports whether a pause is over; false when ctx ends before.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
