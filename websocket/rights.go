package websocket

import (
	"context"
	"sync"
	"time"

	"github.com/keryx-go/keryx/auth"
)

// DefaultRightsInterval is the default of [Options.RightsInterval].
const DefaultRightsInterval = 5 * time.Second

// rightsWatcher checks the subscriptions of sockets at intervals. A message finds its
// session anew, but a subscription goes on: it was allowed once, on the strength of a
// session or a token. When that has ended, on whatever node, or the socket has another
// one, the watcher has the app asked again.
type rightsWatcher struct {
	options *Options
	sockets *sockets

	cancel  context.CancelFunc // ends the watching; nil: it is not under way. The server's mu guards it.
	running sync.WaitGroup
}

// start begins to watch, if there are sessions and channels. The caller holds the
// server's lock.
func (w *rightsWatcher) start() {
	if w.cancel != nil || w.options.Auth == nil || w.options.Channels == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.running.Go(func() { w.run(ctx) })
}

// stop ends the watching. The caller holds the server's lock.
func (w *rightsWatcher) stop() {
	if w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
}

// wait waits until the watching has ended after stop.
func (w *rightsWatcher) wait() { w.running.Wait() }

// run checks the subscriptions until ctx ends.
func (w *rightsWatcher) run(ctx context.Context) {
	tick := time.NewTicker(w.options.RightsInterval)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-tick.C:
			err := w.check(ctx)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil && !failing:
				w.options.Logger.Warn("the rights of WebSockets cannot be checked, and are when Redis answers", "error", err)
			case err == nil && failing:
				w.options.Logger.Info("the rights of WebSockets are checked again")
			}
			failing = err != nil
		case <-ctx.Done():
			return
		}
	}
}

// check begins a recheck of the subscriptions whose claim does not hold any more. It
// asks Redis once for all of them; when Redis does not answer, that is the error.
func (w *rightsWatcher) check(ctx context.Context) error {
	var all []granted
	for _, k := range w.sockets.all() {
		all = append(all, k.subscriptions.claimed()...)
	}
	claims := make([]auth.Claim, len(all))
	for i, g := range all {
		claims[i] = g.claim
	}
	ended, err := w.options.Auth.Ended(ctx, claims)
	if err != nil {
		return err
	}
	for i, g := range all {
		changed := w.options.Auth.Claim(w.options.Attach(g.socket.ctx)) != g.claim
		if changed || ended[i] && !g.settled {
			g.socket.subscriptions.beginRecheck(g)
		}
	}
	return nil
}
