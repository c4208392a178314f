package db

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

const (
	// slow is how long a migrator waits for something before the log says so.
	slow = 5 * time.Second
	// again is the time until the log says so once more.
	again = time.Minute
	// askTimeout bounds the question what it waits for, which is asked so long
	// before.
	askTimeout = 2 * time.Second
)

// watcher logs what a migrator waits for when that takes long.
type watcher struct {
	log     *slog.Logger
	pool    *bun.DB
	file    string       // that runs
	backend atomic.Int64 // the pid of the migrator's session, on Postgres
}

// watch logs message when stop is not called within slow, with what Postgres
// says that the session waits for. After stop has returned nothing is logged.
func (w *watcher) watch(ctx context.Context, message string, attrs ...any) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	began := time.Now()
	go func() {
		defer close(ended)
		for at := slow; sleep(ctx, began.Add(at-askTimeout)); at += again {
			blocked := w.blockers(ctx)
			if sleep(ctx, began.Add(at)) {
				w.warn(message, time.Since(began), slices.Concat(attrs, blocked)...)
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// sleep returns at a time, and false when ctx ends before.
func sleep(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// warn logs that the migrator waits.
func (w *watcher) warn(message string, waited time.Duration, attrs ...any) {
	all := []any{"waited", waited.Round(time.Second).String()}
	if w.file != "" {
		all = append(all, "file", w.file)
	}
	w.log.Warn(message, append(all, attrs...)...)
}

// blockers asks Postgres, on another connection, what the session waits for.
func (w *watcher) blockers(ctx context.Context) []any {
	pid := w.backend.Load()
	if pid == 0 {
		return nil
	}
	if w.pool.DB.Stats().MaxOpenConnections == 1 {
		return []any{"hint", "what it waits for can be asked for when the pool has two connections or more"}
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	sessions, err := describeSessions(ctx, w.pool, "SELECT unnest(pg_blocking_pids(?))", pid)
	if err != nil {
		return []any{"hint", "the database does not say what it waits for: " + err.Error()}
	}
	if len(sessions) == 0 {
		return nil
	}
	names := make([]string, len(sessions))
	for i, s := range sessions {
		names[i] = s.String()
	}
	return []any{"blocked_by", strings.Join(names, ", ")}
}
