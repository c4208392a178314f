package main

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// topic is the name of the channel in Redis.
const topic = "byhand:news"

// audience is the set of subscribers to the channel on this node. Redis sends messages
// here only while it is not empty.
type audience struct {
	redis *redis.PubSub

	mu    sync.Mutex
	all   map[*subscriber]struct{}
	heard chan struct{} // closed when Redis has confirmed the subscription
}

func newAudience(ps *redis.PubSub) *audience {
	return &audience{redis: ps, all: map[*subscriber]struct{}{}}
}

// queueLength is how many messages may wait for a subscriber.
const queueLength = 256

// subscriber gets the messages of the channel.
type subscriber struct {
	frames chan []byte
	cutOff func() // called when frames is full
}

// add adds a subscriber, and returns when Redis has confirmed the subscription, so that
// no later message is missed.
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
		_ = a.redis.Unsubscribe(ctx, topic) // otherwise Redis would send messages that no subscriber gets
	}
}

// deliver never blocks: it cuts a subscriber with a full queue off.
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

// confirm wakes the subscribers that wait for Redis. Redis confirms again after a
// reconnect.
func (a *audience) confirm() {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.heard:
	default:
		close(a.heard)
	}
}

// listen delivers the messages from Redis until the subscription is closed. Their
// payloads are sent to the sockets unchanged.
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
