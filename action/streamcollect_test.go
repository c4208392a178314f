package action_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/action"
)

func TestCollect(t *testing.T) {
	for name, test := range map[string]struct {
		collect func(context.Context) (any, error)
		want    string
		err     string
	}{
		"good":        {func(context.Context) (any, error) { return []int{1, 2}, nil }, "[1,2]", ""},
		"fails":       {func(context.Context) (any, error) { return []int{1}, errors.New("boom") }, "", "boom"},
		"panics":      {func(context.Context) (any, error) { panic("ouch") }, "", "panic: ouch"},
		"exits":       {func(context.Context) (any, error) { runtime.Goexit(); return nil, nil }, "", "Internal server error"},
		"has no JSON": {func(context.Context) (any, error) { return make(chan int), nil }, "", "the result of test cannot be encoded"},
	} {
		p := &pieces{collect: test.collect}
		_, run := stream(t, action.Options{}, p)
		got, err := run.Collect(t.Context())
		if string(got) != test.want || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Message, test.err) || p.closed.Load() != 1 {
			t.Errorf("%s: %s, %v, closed %d times", name, got, err, p.closed.Load())
		}
	}
}

func TestCollectKeepsWhatThereIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, run := stream(t, action.Options{}, &pieces{collect: func(ctx context.Context) (any, error) {
		cancel()
		<-ctx.Done()
		return "so far", ctx.Err()
	}})
	got, err := run.Collect(ctx)
	if string(got) != `"so far"` || err == nil || err.HTTPStatus() != 499 {
		t.Errorf("%s, %v", got, err)
	}
}

// TestStreamsThatNobodyRuns are closed.
func TestStreamsThatNobodyRuns(t *testing.T) {
	p := &pieces{}
	_, run := stream(t, action.Options{}, p)
	run.Close()
	if p.closed.Load() != 1 {
		t.Errorf("closed %d times", p.closed.Load())
	}
	synctest.Test(t, func(t *testing.T) {
		p := &pieces{onClose: func() { panic("in Close") }} // and the process must live
		r, e := register(action.Options{Timeout: time.Second}, action.Action{}, func(context.Context, none) (*pieces, error) {
			time.Sleep(time.Minute)
			return p, nil
		})
		fail(t, e, nil)
		if _, err := r.Act(t.Context(), "test", nil); err == nil {
			t.Error("it was in time")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if p.closed.Load() != 2 {
			t.Errorf("closed %d times, for 2 runs", p.closed.Load())
		}
	})
}

func TestActReturnsTheStream(t *testing.T) {
	p := &pieces{}
	r, _ := register(action.Options{}, action.Action{}, returns(p, nil))
	result, err := r.Act(t.Context(), "test", nil)
	if result != p || err != nil || p.closed.Load() != 0 {
		t.Errorf("got %v, %v", result, err)
	}
}
