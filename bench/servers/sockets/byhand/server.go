package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/bench/internal/sockets/memory"
)

// server serves WebSockets.
type server struct {
	redis     *redis.Client
	audience  *audience
	listening sync.WaitGroup
}

func newServer(ctx context.Context, client *redis.Client) (*server, error) {
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, fmt.Errorf("no redis: %w", err)
	}
	s := &server{redis: client, audience: newAudience(client.Subscribe(ctx))}
	s.listening.Go(s.audience.listen)
	return s, nil
}

// close ends the subscription. Sockets end with their clients.
func (s *server) close() {
	_ = s.audience.redis.Close()
	s.listening.Wait()
}

// maxMessage is the longest message from a client, in bytes.
const maxMessage = 64 << 10

// ServeHTTP serves one socket until its end.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil) // refuses pages of other origins
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxMessage)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	k := &socket{server: s, conn: conn}
	var helping sync.WaitGroup
	defer helping.Wait()
	defer cancel()
	helping.Go(func() { k.keepAlive(ctx) })
	_ = k.serve(ctx, &helping) // an error means that the client is gone, or must be
}

// message is a message from a client.
type message struct {
	MessageType string          `json:"messageType"`
	Action      string          `json:"action"`
	Channel     string          `json:"channel"`
	MessageID   json.RawMessage `json:"messageId"`
	Params      json.RawMessage `json:"params"`
}

// reply is the answer to a message.
type reply struct {
	MessageID  json.RawMessage `json:"messageId,omitempty"`
	Response   any             `json:"response,omitempty"`
	Subscribed *subscribed     `json:"subscribed,omitempty"`
	Error      *failure        `json:"error,omitempty"`
}

type subscribed struct {
	Channel string `json:"channel"`
}

type failure struct {
	Message string `json:"message"`
}

// notFound is the error of an unknown action, as the wire has it.
const notFound = "Action not found: "

// act runs an action.
func (s *server) act(ctx context.Context, name string, params json.RawMessage) (any, error) {
	switch name {
	case "echo":
		return echo(params)
	case "broadcast":
		return s.broadcast(ctx, params)
	case "memory":
		return memory.Read(), nil
	}
	return nil, errors.New(notFound + name)
}

// maxText is the longest text, in bytes.
const maxText = 1000

type echoParams struct {
	Text string `json:"text"`
}

type echoed struct {
	Text   string `json:"text"`
	Length int    `json:"length"`
}

func echo(params json.RawMessage) (any, error) {
	var p echoParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	if p.Text == "" || len(p.Text) > maxText {
		return nil, errors.New("text must have 1 to 1000 bytes")
	}
	return echoed{p.Text, len(p.Text)}, nil
}

type news struct {
	N    int64  `json:"n"`
	Text string `json:"text"`
}

type sent struct {
	N int64 `json:"n"`
}

// shown is the message to the subscribers of a channel.
type shown struct {
	Message shownMessage `json:"message"`
}

type shownMessage struct {
	Channel string `json:"channel"`
	Message news   `json:"message"`
	Sender  string `json:"sender"`
}

func (s *server) broadcast(ctx context.Context, params json.RawMessage) (any, error) {
	var n news
	if err := json.Unmarshal(params, &n); err != nil {
		return nil, err
	}
	if len(n.Text) > maxText {
		return nil, errors.New("text must have no more than 1000 bytes")
	}
	frame, err := json.Marshal(shown{shownMessage{"news", n, "bench"}})
	if err != nil {
		return nil, err
	}
	if err := s.redis.Publish(ctx, topic, frame).Err(); err != nil {
		return nil, err
	}
	return sent{n.N}, nil
}
