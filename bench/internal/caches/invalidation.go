package caches

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/harness"
)

const (
	// slow is the factor by which the overtaken load takes longer.
	slow = 4

	readers     = 4 // of each client
	readerPause = 5 * time.Millisecond

	oldValue = "the old value"
	newValue = "the new value"
)

// invalidation lets one client load a value, which changes in the middle of the load.
// Then another process invalidates it. All later reads should get the new value.
func invalidation(ctx context.Context, b *bench, c *Contender) error {
	const clients = 2
	t, err := startTeam(ctx, b.Dir, c.Contender, b.redis.URL(0), b.processes, clients)
	defer t.stop()
	if err != nil {
		return err
	}
	if err := warm(ctx, b, t, clients); err != nil {
		return err
	}
	overtaken := make(chan error, 1)
	if err := overtake(ctx, b, t, overtaken); err != nil {
		return err
	}
	var i Invalidation
	if i, err = readAll(ctx, b, t); err != nil {
		return err
	}
	c.Invalidations = append(c.Invalidations, i)
	return <-overtaken
}

// overtake begins a load of the old value and invalidates it in the middle. It sends
// the result of the loading call to ended.
func overtake(ctx context.Context, b *bench, t *team, ended chan<- error) error {
	tell := func(w worker.Truth) error {
		return t.all(func(i int) error { return t.do(ctx, i, "Tell", w) })
	}
	if err := tell(worker.Truth{Value: oldValue, Takes: slow * b.load}); err != nil {
		return err
	}
	go func() {
		answers, err := ask[worker.Answers](ctx, t, 0, "Ask", newAsking(b, coldKey, 1))
		if err == nil && len(answers.Values) == 0 {
			err = fmt.Errorf("%s: the call that loads got no value: %s", t.contender.Name, answers.Error)
		}
		ended <- err
	}()
	if err := t.do(ctx, 0, "AwaitLoad", coldKey); err != nil {
		return err
	}
	if err := harness.Pause(ctx, slow*b.load/2); err != nil {
		return err
	}
	if err := tell(worker.Truth{Value: newValue, Takes: b.load}); err != nil {
		return err
	}
	return t.do(ctx, 1, "Invalidate", worker.Invalidating{Key: coldKey})
}

// readAll reads through the client that loads, another client of its process, and one
// client of each other process.
func readAll(ctx context.Context, b *bench, t *team) (Invalidation, error) {
	var mu sync.Mutex
	var all Invalidation
	read := func(i, client int, into *worker.Reads) error {
		reads, err := ask[worker.Reads](ctx, t, i, "Read", worker.Reading{
			Client: client, Key: coldKey, Readers: readers, For: b.reading, Pause: readerPause, Old: oldValue,
		})
		mu.Lock()
		defer mu.Unlock()
		into.Add(reads)
		return err
	}
	beside := make(chan error, 1)
	go func() { beside <- read(0, 1, &all.SameProcess) }()
	err := t.all(func(i int) error {
		if i == 0 {
			return read(0, 0, &all.SameClient)
		}
		return read(i, 0, &all.Others)
	})
	if second := <-beside; err == nil {
		err = second
	}
	return all, err
}
