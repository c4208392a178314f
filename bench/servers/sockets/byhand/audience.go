package main

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// topic is what the channel is in Redis.
const topic = "byhand:news"

// audience is who is subscribed to the channel on this node. Redis sends its
// messages here only while there is somebody.
type audience struct {
	redis *redis.PubSub

	mu    sync.Mutex
	all   map[*subscriber]struct{}
	heard chan struct{} // closed when Redis has confirmed
}

func newAudience(ps *redis.PubSub) *audience {
	return &audience{redis: ps, all: map[*subscriber]struct{}{}}
}

// queueLength is how many messages may wait for a subscriber.
const queueLength = 256

// subscriber gets the messages of the channel.
type subscriber struct {
	frames chan []byte
	cutOff func() // is called when frames is full
}

// add returns when it is sure that the subscriber misses nothing from now on.
func (a *audience) add(ctx context.Context, s *subscriber) error {
	heard, err := a.enter(ctx, s)
	if err != nil {
		return err
	}
	select {
	case <-heard:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *audience) enter(ctx context.Context, s *subscriber) (<-chan struct{}, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) == 0 {
		a.heard = make(chan struct{})
		if err := a.redis.Subscribe(ctx, topic); err != nil {
			return nil, err
		}
	}
	a.all[s] = struct{}{}
	return a.heard, nil
}

func (a *audience) remove(ctx context.Context, s *subscriber) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, s)
	if len(a.all) == 0 {
		_ = a.redis.Unsubscribe(ctx, topic) // else what comes is for nobody
	}
}

// deliver never waits: who has let too many messages pile up is cut off.
func (a *audience) deliver(frame []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s := range a.all {
		select {
		case s.frames <- frame:
		default:
			go s.cutOff()
		}
	}
}

// confirm lets those go on who wait for Redis. It confirms once more after a
// connection was lost.
func (a *audience) confirm() {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.heard:
	default:
		close(a.heard)
	}
}

// listen delivers what comes over Redis until the subscription is closed. What
// comes is what the sockets are sent, byte by byte.
func (a *audience) listen() {
	for m := range a.redis.ChannelWithSubscriptions() {
		switch m := m.(type) {
		case *redis.Message:
			a.deliver([]byte(m.Payload))
		case *redis.Subscription:
			if m.Kind == "subscribe" {
				a.confirm()
			}
		}
	}
}
