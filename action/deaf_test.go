package action_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// TestAResultAtTheDeadline comes too late, also when the action returns it before the
// goroutine that tells of the deadline has run.
func TestAResultAtTheDeadline(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	deaf := action.Handle(r, action.Action{Name: "deaf", Timeout: time.Millisecond}, func(ctx context.Context, _ struct{}) (string, error) {
		<-ctx.Done()
		return "late", nil
	}).Entry()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if _, err := deaf.Serve(t.Context(), nil); err == nil || err.Type != fault.ConnectionActionTimeout {
					t.Errorf("outcome: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
}
