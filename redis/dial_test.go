package redis

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A caller with a short deadline must not block those with a longer one.
func TestGateIgnoresAnImpatientCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout, needs = 2 * time.Second, time.Second
		dials := 0
		g := &gates{timeout: timeout, dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials++
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(needs):
				return nil, errors.New("refused")
			}
		}}
		for _, patience := range []time.Duration{needs / 2, needs / 2, timeout} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			_, _ = g.through(ctx, "tcp", "host:1")
			cancel()
			if len(g.at) != 0 {
				t.Errorf("after %v the gate is shut", patience)
			}
		}
		if dials != 3 {
			t.Errorf("%d of 3 callers have dialed", dials)
		}
	})
}

func TestGateLetsOneThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 2 * time.Second
		answers := false
		g := &gates{timeout: timeout, dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if answers {
				return nil, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		try := func(patience time.Duration) (time.Duration, error) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			began := time.Now()
			_, err := g.through(ctx, "tcp", "host:1")
			return time.Since(began), err
		}
		if took, err := try(timeout); took != timeout || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the first caller: %v after %v", err, took)
		}
		go try(timeout)
		synctest.Wait() // the one that tries
		for range 3 {
			if took, err := try(timeout); took != 0 || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("beside the one that tries: %v after %v", err, took)
			}
		}
		time.Sleep(timeout)
		synctest.Wait()
		// A caller that gives up early makes room for the next.
		if took, _ := try(timeout / 2); took != timeout/2 {
			t.Errorf("the next one tries for %v", took)
		}
		answers = true
		for range 2 {
			if _, err := try(timeout); err != nil {
				t.Errorf("the address answers again: %v", err)
			}
		}
	})
}
