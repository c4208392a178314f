package action

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Wait returns when no action runs any more, or with an error that names
// those that still do when ctx ends. It is for shutdown: it looks every few
// milliseconds, so that runs pay no more than a counter for it.
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
