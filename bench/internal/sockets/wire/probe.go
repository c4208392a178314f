package wire

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/socket"
)

// probeLimit is how long a probe may take.
const probeLimit = 10 * time.Second

// Probe sends every kind of message once to the server at an address, and checks the
// answers.
func Probe(ctx context.Context, address string) error {
	c, err := socket.Dial(ctx, address, "")
	if err != nil {
		return err
	}
	defer c.Close()
	c.Limit(time.Now().Add(probeLimit))
	const n = 17
	for _, exchange := range []struct {
		say   []byte
		wants [][]byte // in any order
	}{
		{AppendEcho(nil, n), [][]byte{AppendEchoed(nil, n)}},
		{Subscribe, [][]byte{Subscribed}},
		{AppendBroadcast(nil, n), [][]byte{AppendSent(nil, n), AppendNews(nil, n)}},
	} {
		if err := c.Send(exchange.say); err != nil {
			return err
		}
		if err := hear(c, exchange.wants); err != nil {
			return fmt.Errorf("after %s: %w", exchange.say, err)
		}
	}
	return nil
}

// hear reads until all wanted messages have come.
func hear(c *socket.Conn, wants [][]byte) error {
	for len(wants) > 0 {
		message, err := c.Read()
		switch {
		case err != nil:
			return err
		case IsPresence(message):
		case len(wants) > 1 && bytes.Equal(message, wants[1]):
			wants = wants[:1]
		default:
			if err := Expect(message, wants[0]); err != nil {
				return err
			}
			wants = wants[1:]
		}
	}
	return nil
}
