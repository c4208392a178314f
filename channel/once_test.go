package channel_test

import (
	"bytes"
	"context"
	"net"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// losing is a connection that breaks when the reply to a PUBLISH has come.
type losing struct{ net.Conn }

func (c losing) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if bytes.Contains(p, []byte("publish")) {
		_, _ = c.Conn.Read(make([]byte, 1))
		_ = c.Conn.Close()
	}
	return n, err
}

// TestNobodyGetsAMessageTwice: when the reply is lost the sender is told that
// the message may have been sent, and it is not sent again.
func TestNobodyGetsAMessageTwice(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, c := start(t, url, channel.Options{}), newClient("1")
		joins(t, n, c, "messages")

		o, err := goredis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		o.ContextTimeoutEnabled = true
		o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return losing{conn}, err
		}
		rdb := goredis.NewClient(o)
		defer rdb.Close()
		sender := channel.NewHub(channel.Options{Redis: &redis.Connections{Client: rdb}})
		sender.Handle(channel.Channel{Name: "messages"})
		fails(t, sender.Broadcast(t.Context(), "messages", 1, ""), fault.ConnectionServerError, "The message may not have been sent")
		broadcasts(t, n, "messages", 2)
		c.sees(t, "messages", joined("1"), "1", "2")
	})
}
