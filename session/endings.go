package session

import (
	"context"
	"sync"
)

// endings tells others of sessions that have ended.
type endings struct {
	mu   sync.Mutex
	told []func(ctx context.Context, ids []string)
}

func (e *endings) add(f func(ctx context.Context, ids []string)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, f)
}

// tell is called when Redis has ended sessions. A caller that has left is no reason to
// keep it from others.
func (e *endings) tell(ctx context.Context, ids ...string) {
	e.mu.Lock()
	told := e.told
	e.mu.Unlock()
	for _, f := range told {
		f(context.WithoutCancel(ctx), ids)
	}
}
