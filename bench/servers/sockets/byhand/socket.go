package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	writeTimeout = 10 * time.Second
	pingInterval = 30 * time.Second
	pingTimeout  = 10 * time.Second
)

// socket is one connection.
type socket struct {
	server     *server
	conn       *websocket.Conn
	subscriber *subscriber // nil until the client subscribes
}

// serve answers one message after the other. A subscription starts a goroutine that
// writes the messages of the channel.
func (k *socket) serve(ctx context.Context, helping *sync.WaitGroup) error {
	defer func() {
		if k.subscriber != nil {
			k.server.audience.remove(context.WithoutCancel(ctx), k.subscriber)
		}
	}()
	for {
		_, text, err := k.conn.Read(ctx)
		if err != nil {
			return err
		}
		answer, err := json.Marshal(k.answer(ctx, helping, text))
		if err != nil {
			return err
		}
		if err := k.write(ctx, answer); err != nil {
			return err
		}
	}
}

// answer handles a message.
func (k *socket) answer(ctx context.Context, helping *sync.WaitGroup, text []byte) reply {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return reply{Error: &failure{err.Error()}}
	}
	r := reply{MessageID: m.MessageID}
	var err error
	switch m.MessageType {
	case "action":
		r.Response, err = k.server.act(ctx, m.Action, m.Params)
	case "subscribe":
		if err = k.subscribe(ctx, helping, m.Channel); err == nil {
			r.Subscribed = &subscribed{m.Channel}
		}
	default:
		err = fmt.Errorf("unknown messageType %q", m.MessageType)
	}
	if err != nil {
		r.Error = &failure{err.Error()}
	}
	return r
}

func (k *socket) subscribe(ctx context.Context, helping *sync.WaitGroup, name string) error {
	if name != "news" {
		return errors.New("Channel not found: " + name)
	}
	if k.subscriber == nil {
		k.subscriber = &subscriber{frames: make(chan []byte, queueLength), cutOff: func() {
			_ = k.conn.Close(websocket.StatusPolicyViolation, "too slow")
		}}
		helping.Go(func() { k.deliver(ctx) })
	}
	return k.server.audience.add(ctx, k.subscriber)
}

// deliver writes the messages of the channel until the socket ends.
func (k *socket) deliver(ctx context.Context) {
	for {
		select {
		case frame := <-k.subscriber.frames:
			if err := k.write(ctx, frame); err != nil {
				_ = k.conn.CloseNow() // which ends the reading
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (k *socket) write(ctx context.Context, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return k.conn.Write(ctx, websocket.MessageText, text)
}

// keepAlive finds clients that are gone without a close.
func (k *socket) keepAlive(ctx context.Context) {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := k.ping(ctx); err != nil {
				_ = k.conn.CloseNow() // which ends the reading
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (k *socket) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return k.conn.Ping(ctx)
}
