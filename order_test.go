package keryx_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/keryx-go/keryx"
)

// TestActionsEndBeforeTheirParts: an action that still runs at the stop may use any part,
// whatever that depends on; a part that runs actions stops before them.
func TestActionsEndBeforeTheirParts(t *testing.T) {
	for name, depends := range map[string][]string{
		"of redis": {"redis"}, "of none": nil, "of another": {"early"},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var log []string
			note := func(what string) {
				mu.Lock()
				defer mu.Unlock()
				log = append(log, what)
			}
			api := keryx.New(options())
			stops := func(name string, depends ...string) keryx.Part {
				return keryx.Initializer{Name: name, DependsOn: depends,
					Stop: func(context.Context, *keryx.API) error { note(name); return nil }}.Part(api)
			}
			api.Use(stops("early"), stops("ticker", "actions"), stops("after ticker", "ticker"), stops("late", depends...))
			running, stopping := make(chan struct{}), make(chan struct{})
			api.Use(keryx.Initializer{Name: "last", Serves: true, Stop: func(context.Context, *keryx.API) error {
				close(stopping)
				return nil
			}}.Part(api))
			keryx.Handle(api, keryx.Action{Name: "slow"}, func(ctx context.Context, _ struct{}) (any, error) {
				close(running)
				<-stopping
				for { // until the parts that depend on actions have stopped
					mu.Lock()
					n := len(log)
					mu.Unlock()
					if n >= 2 {
						break
					}
					runtime.Gosched()
				}
				defer note("action")
				return nil, api.Redis.Client.Ping(ctx).Err()
			})
			if err := api.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			var acting sync.WaitGroup
			acting.Go(func() {
				if _, err := api.Act(context.WithoutCancel(t.Context()), "slow", nil); err != nil {
					t.Error(err)
				}
			})
			<-running
			if err := api.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
			acting.Wait()
			if got, want := strings.Join(log, ", "), "after ticker, ticker, action, late, early"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}
