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

// losing is a connection that breaks when the reply to a command with a word has come.
type losing struct {
	net.Conn
	word string
}

func (c losing) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if bytes.Contains(p, []byte(c.word)) {
		_, _ = c.Conn.Read(make([]byte, 1))
		_ = c.Conn.Close()
	}
	return n, err
}

// TestNobodyGetsAMessageTwice: when the reply is lost the sender is told that
// the message may have been sent, and it is not sent again.
func TestNobodyGetsAMessageTwice(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, c := startKeeping(t, url, channel.Options{}), newClient("1")
		for name, word := range map[string]string{"messages": "publish", "log": "evalsha"} {
			joins(t, n, c, name)
			broadcasts(t, n, name, 1) // Redis knows the script now
			o, err := goredis.ParseURL(url)
			if err != nil {
				t.Fatal(err)
			}
			o.ContextTimeoutEnabled = true
			o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				return losing{conn, word}, err
			}
			rdb := goredis.NewClient(o)
			defer rdb.Close()
			sender := channel.NewHub(channel.Options{Redis: &redis.Connections{Client: rdb}})
			for _, definition := range n.All() {
				sender.Handle(definition)
			}
			fails(t, sender.Broadcast(t.Context(), name, 2, ""), fault.ConnectionServerError, "The message may not have been sent")
			broadcasts(t, n, name, 3)
		}
		c.sees(t, "messages", joined("1"), "1", "2", "3")
		c.sees(t, "log", joined("all"), "1", "2", "3")
	})
}
