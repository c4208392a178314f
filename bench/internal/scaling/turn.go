package scaling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/channel"
)

// textSize is the length of a broadcast text in bytes.
const textSize = 100

// deliveryLimit bounds how long the last broadcasts of a turn may be under way.
const deliveryLimit = 10 * time.Second

// room is a channel of the masters part. One goroutine at a time broadcasts to it.
type room struct {
	name string
	sent int // the number of the last broadcast
}

// text returns the nth text of a room: the number and a filling.
func text(n int) string {
	number := strconv.Itoa(n) + " "
	return number + strings.Repeat("x", textSize-len(number))
}

// ear is a subscriber that expects the texts of one room, once and in order.
type ear struct {
	id      string
	last    int
	current *atomic.Pointer[turn]
}

func (e *ear) ID() string { return e.id }

func (e *ear) Deliver(m *channel.Message) {
	if m.Sender != sender {
		return // a join or a leave
	}
	digits, _, _ := bytes.Cut(bytes.TrimPrefix(m.Payload, []byte(`"`)), []byte(" "))
	n, err := strconv.Atoi(string(digits))
	t := e.current.Load()
	if err != nil || n != e.last+1 {
		t.fail(fmt.Errorf("%s got text %q after number %d", m.Channel, digits, e.last))
	}
	e.last = n
	t.delivered()
}

// sender is the sender of all broadcasts.
const sender = "bench"

// turn is a time in which nodes broadcast as fast as they can.
type turn struct {
	context.Context
	fail     context.CancelCauseFunc
	sent     atomic.Int64
	awaited  atomic.Int64 // deliveries, and one for as long as there are broadcasts
	complete chan struct{}
}

func newTurn(ctx context.Context) *turn {
	t := &turn{complete: make(chan struct{})}
	t.Context, t.fail = context.WithCancelCause(ctx)
	t.awaited.Store(1)
	return t
}

// delivered counts a delivery.
func (t *turn) delivered() {
	if t.awaited.Add(-1) == 0 {
		close(t.complete)
	}
}

// run has each room get broadcasts from one node for a while, each when Redis has taken
// the one before. It returns when all of them are delivered.
func (t *turn) run(nodes []*hub, rooms []*room, d time.Duration) error {
	defer t.fail(context.Canceled)
	var busy sync.WaitGroup
	end := time.Now().Add(d)
	for i, r := range rooms {
		from := nodes[i%len(nodes)]
		busy.Go(func() {
			for time.Now().Before(end) && t.Err() == nil {
				t.awaited.Add(int64(len(nodes)))
				if err := from.Broadcast(t, r.name, text(r.sent+1), sender); err != nil {
					t.fail(err)
					return
				}
				r.sent++
				t.sent.Add(1)
			}
		})
	}
	busy.Wait()
	t.delivered()
	limit := time.NewTimer(deliveryLimit)
	defer limit.Stop()
	select {
	case <-t.complete:
		return context.Cause(t)
	case <-t.Done():
		return context.Cause(t)
	case <-limit.C:
		return errors.New("not every broadcast has reached every node")
	}
}
