package ratelimit

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// reminder is how often an outage that goes on is mentioned.
const reminder = 10 * time.Second

// outage keeps the log readable while Redis fails under every request.
type outage struct {
	logger *slog.Logger
	on     atomic.Bool

	mu    sync.Mutex
	said  time.Time
	count int // of runs that were not counted
}

func (o *outage) failed(ctx context.Context, err error, refused bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count++
	if o.on.Load() && time.Since(o.said) < reminder {
		return
	}
	o.on.Store(true)
	o.said = time.Now()
	message := "rate limits are not counted: actions run without"
	if refused {
		message = "rate limits are not counted: actions are refused"
	}
	o.logger.ErrorContext(ctx, message, "error", err, "actions", o.count)
}

// over is called for every run that was counted.
func (o *outage) over(ctx context.Context) {
	if !o.on.Load() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.on.CompareAndSwap(true, false) {
		return
	}
	o.logger.InfoContext(ctx, "rate limits are counted again", "uncounted", o.count)
	o.count = 0
}
