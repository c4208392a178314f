package websocket_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

var (
	soak     = flag.Duration("soak", 2*time.Second, "how long TestSoak goes on")
	soakSeed = flag.Uint64("soak-seed", 0, "the seed of TestSoak; 0: a new one")
)

// TestSoak has three nodes talk over one Redis that is restarted in the middle,
// with HTTP requests beside it. Every message is accounted for: a socket got it
// once, or its sender was told that it failed, or the node of the socket has
// reported that it may have missed something at the time.
func TestSoak(t *testing.T) {
	slow.Skip(t, "it is a soak")
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-soak-seed %d", seed)
	server := redistest.Start(t)
	nodes := make([]*node, 3)
	for i := range nodes {
		nodes[i] = newNode(t, server.URL())
	}
	var listeners []*listener
	for i := range 12 {
		listeners = append(listeners, listen(t, nodes[i%len(nodes)]))
	}

	stop := make(chan struct{})
	var talking sync.WaitGroup
	book := &book{sent: map[string]sending{}}
	for i := range 6 {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		talking.Go(func() { talk(t, nodes, book, random, fmt.Sprint(i), stop) })
		talking.Go(func() { request(t, nodes[i%len(nodes)], stop) })
	}
	time.Sleep(*soak / 2) // of work, not for something
	server.Kill()
	time.Sleep(*soak / 8)
	server.Restart()
	time.Sleep(*soak / 2)
	close(stop)
	talking.Wait()

	end := book.last(t, nodes[0])
	delivered, failed, reported := 0, book.failures(), 0
	for _, l := range listeners {
		l.until(t, end)
		d, r := l.account(t, book)
		delivered, reported = delivered+d, reported+r
	}
	t.Logf("%d sent, of these %d failed at the sender; %d deliveries, %d covered by reported gaps",
		len(book.sent), failed, delivered, reported)
	if delivered == 0 {
		t.Error("nothing was delivered")
	}
}

// node is a server that notes its gaps.
type node struct {
	*keryxtest.App
	mu   sync.Mutex
	gaps []channel.Gap
}

func newNode(t *testing.T, url string) *node {
	h := newHeld()
	close(h.open)
	n := &node{App: keryxtest.Start(t, h.app, keryxtest.Options{NoDatabase: true, Env: map[string]string{
		"REDIS_URL": url, "LOG_LEVEL": "fatal", "WS_MAX_MESSAGES_PER_SECOND": "0",
	}})}
	n.Channels.OnGap(func(g channel.Gap) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.gaps = append(n.gaps, g)
	})
	return n
}

// missed reports whether the node has reported that it may have missed what was
// sent in that time.
func (n *node) missed(s sending) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, g := range n.gaps {
		if !s.until.Before(g.Since) && !s.since.After(g.Until) {
			return true
		}
	}
	return false
}

// sending is one message: between when it was sent, and how that went.
type sending struct {
	since, until time.Time
	err          error
}

// book has every message that was sent.
type book struct {
	mu   sync.Mutex
	sent map[string]sending
}

func (b *book) send(n *node, text string) {
	s := sending{since: time.Now()}
	s.err = n.Channels.Broadcast(context.Background(), "room:soak", text, "soak")
	s.until = time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent[text] = s
}

func (b *book) failures() (n int) {
	for _, s := range b.sent {
		if s.err != nil {
			n++
		}
	}
	return n
}

// last sends messages until one goes out to everybody.
func (b *book) last(t *testing.T, n *node) string {
	eventually.True(t, "Redis is used again", func() bool {
		return n.Channels.Broadcast(t.Context(), "room:soak", "the end", "soak") == nil
	})
	return "the end"
}

func talk(t *testing.T, nodes []*node, b *book, random *rand.Rand, name string, stop chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(random.IntN(4)) * time.Millisecond):
			b.send(nodes[random.IntN(len(nodes))], fmt.Sprintf("%s-%d", name, i))
		}
	}
}

// request has actions run over HTTP, which need no Redis and never fail.
func request(t *testing.T, n *node, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		response, err := http.Post(n.URL+"/api/echo", "application/json", strings.NewReader(`{"text":"hello"}`))
		if err != nil {
			t.Error(err)
			return
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("got %s", response.Status)
			return
		}
	}
}

// listener is a socket in the room and what it has heard.
type listener struct {
	node *node
	mu   sync.Mutex
	got  map[string]int
	err  error
}

func listen(t *testing.T, n *node) *listener {
	c := dial(t, n.App)
	c.SetReadLimit(1 << 20)
	c.ask(`{"messageType":"subscribe","channel":"room:soak","messageId":1}`)
	l := &listener{node: n, got: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(func() { l.read(ctx, c.Conn) })
	t.Cleanup(func() { cancel(); reading.Wait() })
	return l
}

func (l *listener) read(ctx context.Context, c *websocket.Conn) {
	for {
		_, heard, err := c.Read(ctx)
		var m struct {
			Message struct{ Message, Sender string }
		}
		if err == nil {
			err = json.Unmarshal(heard, &m)
		}
		l.mu.Lock()
		if m.Message.Sender == "soak" {
			l.got[m.Message.Message]++
		}
		l.err = err
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// until waits for a message, behind which no other one comes.
func (l *listener) until(t *testing.T, text string) {
	eventually.True(t, "everybody has heard the end", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.got[text] > 0 || l.err != nil
	})
}

func (l *listener) account(t *testing.T, b *book) (delivered, reported int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		t.Errorf("a socket has ended: %v", l.err)
	}
	for text, s := range b.sent {
		switch n := l.got[text]; {
		case n > 1:
			t.Errorf("%s was delivered %d times", text, n)
		case n == 1:
			delivered++
		case s.err != nil: // the sender knows
		case l.node.missed(s):
			reported++
		default:
			t.Errorf("%s was lost, and nobody says so", text)
		}
	}
	return delivered, reported
}
