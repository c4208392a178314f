package action

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Wait returns when no action is running, or when ctx ends, with an error that names
// the actions that still run. It is for shutdown: it polls every few milliseconds, so
// that a run costs no more than a counter.
func (r *Registry) Wait(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		names := r.running()
		if len(names) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("actions still running: %s", strings.Join(names, ", "))
		}
	}
}

// running names the actions that run now.
func (r *Registry) running() []string {
	var names []string
	for _, e := range r.entries {
		if e.running.Load() > 0 {
			names = append(names, e.Name)
		}
	}
	return names
}
