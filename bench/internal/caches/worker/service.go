package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/contender"
)

// Service handles the requests to a worker, with one method for each kind, as net/rpc
// expects them.
type Service struct {
	source  *source
	clients []contender.Cache
}

// Open opens the clients.
func (s *Service) Open(o Opening, _ *Nothing) error {
	all := contender.All()
	i := slices.IndexFunc(all, func(c contender.Contender) bool { return c.Name == o.Contender })
	if i < 0 {
		return fmt.Errorf("there is no contender %q", o.Contender)
	}
	for range o.Clients {
		c, err := all[i].Open(context.Background(), o.URL, s.source.load)
		if err != nil {
			return err
		}
		s.clients = append(s.clients, c)
	}
	return nil
}

// Tell changes the value that loads return.
func (s *Service) Tell(t Truth, _ *Nothing) error {
	s.source.tell(t)
	return nil
}

// Loads returns how many loads of a key have begun.
func (s *Service) Loads(key string, loads *int) error {
	*loads, _ = s.source.count(key)
	return nil
}

// AwaitLoad returns when a load of a key has begun.
func (s *Service) AwaitLoad(key string, _ *Nothing) error {
	for {
		loads, next := s.source.count(key)
		if loads > 0 {
			return nil
		}
		<-next
	}
}

// Invalidate invalidates a key through a client.
func (s *Service) Invalidate(i Invalidating, _ *Nothing) error {
	c, err := s.client(i.Client)
	if err != nil {
		return err
	}
	return c.Invalidate(context.Background(), i.Key)
}

// answer is the result of one caller.
type answer struct {
	value string
	err   error
	wait  time.Duration
}

// Ask gets a key for a number of callers at once.
func (s *Service) Ask(a Asking, answers *Answers) error {
	c, err := s.client(a.Client)
	if err != nil {
		return err
	}
	var began time.Time
	start := make(chan struct{})
	got := make(chan answer, a.Callers)
	for range a.Callers {
		go func() {
			<-start
			ctx, cancel := context.WithDeadline(context.Background(), began.Add(a.Deadline))
			defer cancel()
			value, err := c.Get(ctx, a.Key)
			got <- answer{value, err, time.Since(began)}
		}()
	}
	time.Sleep(time.Until(a.At))
	began = time.Now()
	close(start)
	collect(answers, got, a.Callers, time.After(a.Limit))
	return nil
}

// collect adds the answers of a number of callers until the limit.
func collect(a *Answers, got <-chan answer, callers int, limit <-chan time.Time) {
	a.Values = map[string]int{}
	for n := range callers {
		select {
		case one := <-got:
			a.Waits = append(a.Waits, one.wait)
			if one.err == nil {
				a.Values[one.value]++
				continue
			}
			a.Errors++
			a.Error = one.err.Error()
		case <-limit:
			a.Missing = callers - n
			return
		}
	}
}

// Read reads a key with several readers.
func (s *Service) Read(r Reading, reads *Reads) error {
	c, err := s.client(r.Client)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 10*r.For)
	defer cancel()
	for range r.Readers {
		running.Go(func() {
			own := read(ctx, &r, c, began)
			mu.Lock()
			defer mu.Unlock()
			reads.Add(own)
		})
	}
	running.Wait()
	return nil
}

// read runs one reader.
func read(ctx context.Context, r *Reading, c contender.Cache, began time.Time) Reads {
	var seen Reads
	for at := time.Since(began); at < r.For; at = time.Since(began) {
		value, err := c.Get(ctx, r.Key)
		seen.Total++
		switch {
		case err != nil:
			seen.Errors++
		case value == r.Old:
			seen.Stale++
			seen.LastStale = at
		}
		time.Sleep(r.Pause)
	}
	return seen
}

func (s *Service) client(i int) (contender.Cache, error) {
	if i < 0 || i >= len(s.clients) {
		return nil, errors.New("the worker has no such client")
	}
	return s.clients[i], nil
}

func (s *Service) close() error {
	var errs []error
	for _, c := range s.clients {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
