package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/rawredis"
	client "github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/socket/sockettest"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server and returns its address.
func serve(t *testing.T, url string) string {
	t.Helper()
	rdb, err := rawredis.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	s, err := newServer(t.Context(), rdb)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.Listener.Addr().String()
}

// ask sends a message and returns the answer.
func ask(t *testing.T, c *client.Conn, message string) string {
	t.Helper()
	if err := c.Send([]byte(message)); err != nil {
		t.Fatal(err)
	}
	answer, err := c.Read()
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestItSaysWhatTheFrameworkSays(t *testing.T) {
	if err := wire.Probe(t.Context(), serve(t, redistest.Start(t).URL())); err != nil {
		t.Error(err)
	}
}

func TestBroadcastsReachOtherNodes(t *testing.T) {
	url := redistest.Start(t).URL()
	one, two := sockettest.Dial(t, serve(t, url)), sockettest.Dial(t, serve(t, url))
	if got := ask(t, two, string(wire.Subscribe)); got != string(wire.Subscribed) {
		t.Fatalf("the answer is %s", got)
	}
	if got := ask(t, two, string(wire.Subscribe)); got != string(wire.Subscribed) {
		t.Fatalf("the second answer is %s", got)
	}
	for n := range int64(3) {
		if got := ask(t, one, string(wire.AppendBroadcast(nil, n))); got != string(wire.AppendSent(nil, n)) {
			t.Errorf("the answer is %s", got)
		}
	}
	for n := range int64(3) {
		if got, err := two.Read(); err != nil || string(got) != string(wire.AppendNews(nil, n)) {
			t.Errorf("the other node says %s, error %v", got, err)
		}
	}
}

func TestMistakesAreAnswered(t *testing.T) {
	c := sockettest.Dial(t, serve(t, redistest.Start(t).URL()))
	long := strings.Repeat("x", maxText+1)
	tests := map[string]string{
		`{`:               `{"error":{"message":"unexpected end of JSON input"}}`,
		`{"messageId":1}`: `{"messageId":1,"error":{"message":"unknown messageType \"\""}}`,
		`{"messageType":"action","action":"x","messageId":[2]}`:                          `{"messageId":[2],"error":{"message":"Action not found: x"}}`,
		`{"messageType":"subscribe","channel":"x"}`:                                      `{"error":{"message":"Channel not found: x"}}`,
		`{"messageType":"action","action":"echo","params":{}}`:                           `{"error":{"message":"text must have 1 to 1000 bytes"}}`,
		`{"messageType":"action","action":"broadcast","params":{"text":"` + long + `"}}`: `{"error":{"message":"text must have no more than 1000 bytes"}}`,
		`{"messageType":"action","action":"broadcast","params":{"n":"1"}}`:               `{"error":{"message":"json: cannot unmarshal string into Go struct field news.n of type int64"}}`,
	}
	for message, want := range tests {
		if got := ask(t, c, message); got != want {
			t.Errorf("%s is answered %s, expected %s", message, got, want)
		}
	}
}

func TestSlowReadersAreCutOff(t *testing.T) {
	cut := make(chan struct{}, 1)
	slow := &subscriber{frames: make(chan []byte, 1), cutOff: func() { cut <- struct{}{} }}
	a := newAudience(nil)
	a.all[slow] = struct{}{}
	a.deliver([]byte("1"))
	a.deliver([]byte("2"))
	<-cut
	if got := <-slow.frames; string(got) != "1" || len(slow.frames) != 0 {
		t.Errorf("the first message is %s, %d more wait", got, len(slow.frames))
	}
}

func TestItHearsOnlyWhatSomebodyWants(t *testing.T) {
	r := redistest.Start(t)
	c := sockettest.Dial(t, serve(t, r.URL()))
	hear := func() int64 {
		n, err := r.Client().PubSubNumSub(t.Context(), topic).Result()
		if err != nil {
			t.Fatal(err)
		}
		return n[topic]
	}
	if n := hear(); n != 0 {
		t.Errorf("%d nodes are subscribed without a subscriber", n)
	}
	ask(t, c, string(wire.Subscribe))
	if n := hear(); n != 1 {
		t.Errorf("%d nodes are subscribed for one socket", n)
	}
	c.Close()
	deadline := time.Now().Add(10 * time.Second)
	for hear() != 0 {
		if time.Now().After(deadline) {
			t.Fatal("the node is still subscribed without a subscriber")
		}
		time.Sleep(time.Millisecond)
	}
	c = sockettest.Dial(t, serve(t, r.URL()))
	ask(t, c, string(wire.Subscribe))
	if n := hear(); n != 1 {
		t.Errorf("%d nodes are subscribed for a new subscriber", n)
	}
}

func TestItNeedsRedis(t *testing.T) {
	if _, err := rawredis.Open("http://localhost"); err == nil {
		t.Error("a URL that is none of Redis is taken")
	}
	rdb, err := rawredis.Open("redis://127.0.0.1:1/0")
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	if _, err := newServer(t.Context(), rdb); err == nil || !strings.Contains(err.Error(), "no redis") {
		t.Errorf("the error is %v", err)
	}
}
