package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// slowAfter is how long a part may take before the log names it. The pause until the
// next line is twice as long each time.
const slowAfter = 5 * time.Second

// stopGrace is how long a part has to return once the context of its Stop has
// ended.
const stopGrace = 100 * time.Millisecond

var errNotReturned = errors.New("it has not returned")

// work is a call of Start or Stop of a part.
type work struct {
	ctx    context.Context // of the call
	done   chan error      // gets its error
	doing  string          // "starting" or "stopping"
	part   string
	logger *slog.Logger
}

// wait returns the error of the call, or errNotReturned when it has not returned by
// grace after the end of its context. It logs that a call takes long.
func (w *work) wait(grace time.Duration) error {
	begun, pause := time.Now(), slowAfter
	slow := time.NewTimer(pause)
	defer slow.Stop()
	ended := w.ctx.Done()
	var over <-chan time.Time
	for {
		select {
		case err := <-w.done:
			return err
		case <-slow.C:
			w.logger.Warn("still "+w.doing, "part", w.part, "waited", time.Since(begun).Round(time.Second))
			pause *= 2
			slow.Reset(pause)
		case <-ended:
			ended, over = nil, time.After(grace)
		case <-over:
			return fmt.Errorf("%w: %w", errNotReturned, context.Cause(w.ctx))
		}
	}
}
