//go:build unix

package websocket_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

var (
	fleetMembers = flag.Int("members", 150, "how many members a node has that is killed or stopped")
	fleetPause   = flag.Duration("pause", 4*time.Second, "for how long a node is stopped that goes on")
)

// nodeVariable makes the test binary a node of its own, on the Redis that it names.
const nodeVariable = "WEBSOCKET_TEST_NODE"

func init() {
	if url := os.Getenv(nodeVariable); url != "" {
		runNode(url)
		os.Exit(0)
	}
}

// runNode serves until SIGTERM.
func runNode(url string) {
	api := keryx.New(keryx.Options{DotEnv: "-", Environ: append(os.Environ(), "REDIS_URL="+url,
		"WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0", "LOG_LEVEL=warn", "WS_MAX_MESSAGES_PER_SECOND=0",
		"PRESENCE_TTL=3s", "PRESENCE_HEARTBEAT_INTERVAL=500ms")})
	api.Channels.Handle(channel.Channel{Name: "crowd"}) // each connection is a member
	api.Channels.Handle(channel.Channel{Name: "news", PresenceKey: func(context.Context, *channel.Join) (string, error) { return "all", nil }})
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	if err := api.Start(stop); err != nil {
		panic(err)
	}
	fmt.Println(api.Web.URL())
	<-stop.Done()
	if err := api.Stop(context.Background()); err != nil {
		panic(err)
	}
}

// process is a node in a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
}

func startProcess(t *testing.T, redis string, env ...string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), nodeVariable+"="+redis), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the node says %q, %v", line, err)
	}
	return &process{t, cmd, strings.TrimSpace(line)}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// peakMemory returns the largest resident size of the process, where the system
// tells it.
func (p *process) peakMemory() string {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}

// watcher is a client that does little more than count what it hears, so that
// thousands of them leave the processors to the nodes.
type watcher struct {
	net.Conn
	in                      *bufio.Reader
	joins, leaves, messages atomic.Int64
	cut                     chan struct{}
	err                     error // why, once cut is closed
}

// watch subscribes n clients at once and returns when all are in.
func (p *process) watch(n int, name string) []*watcher {
	p.t.Helper()
	watchers := make([]*watcher, n)
	var joining sync.WaitGroup
	for i := range watchers {
		watchers[i] = p.dial()
		joining.Add(1)
		go watchers[i].read(joining.Done) // or it answers no ping
	}
	for _, w := range watchers {
		if err := w.say(fin|text, fmt.Appendf(nil, `{"messageType":"subscribe","channel":%q,"messageId":1}`, name)); err != nil {
			p.t.Fatal(err)
		}
	}
	joining.Wait()
	return watchers
}

func (p *process) dial() *watcher {
	p.t.Helper()
	host := strings.TrimPrefix(p.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	w := &watcher{Conn: conn, in: bufio.NewReaderSize(conn, 32<<10), cut: make(chan struct{})}
	_, err = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", host)
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.ReadResponse(w.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		p.t.Fatal(response, err)
	}
	return w
}

// say sends one frame, masked with zeros.
func (w *watcher) say(first byte, payload []byte) error {
	_, err := w.Write(append([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...))
	return err
}

// hear returns the opcode and the payload of the next frame, which is good until
// the next call.
func (w *watcher) hear() (byte, []byte, error) {
	head, err := w.in.Peek(2)
	if err != nil {
		return 0, nil, err
	}
	opcode, size, n := head[0]&0xf, int(head[1]), 2
	if size == 126 {
		if head, err = w.in.Peek(4); err != nil {
			return 0, nil, err
		}
		size, n = int(binary.BigEndian.Uint16(head[2:])), 4
	}
	_, _ = w.in.Discard(n) // which are there
	payload, err := w.in.Peek(size)
	_, _ = w.in.Discard(len(payload))
	return opcode, payload, err
}

func (w *watcher) read(joined func()) {
	joined = sync.OnceFunc(joined)
	defer joined()
	defer close(w.cut)
	for {
		opcode, payload, err := w.hear()
		switch {
		case err != nil:
			w.err = err
			return
		case opcode == ping:
			err = w.say(fin|10, payload)
		case opcode != text:
			err = fmt.Errorf("opcode %d: %q", opcode, payload)
		case bytes.Contains(payload, []byte(`"subscribed"`)):
			joined()
		case bytes.Contains(payload, []byte(`\"event\":\"join\"`)):
			w.joins.Add(1)
		case bytes.Contains(payload, []byte(`\"event\":\"leave\"`)):
			w.leaves.Add(1)
		default:
			w.messages.Add(1)
		}
		if err != nil {
			w.err = err
			return
		}
	}
}

// allStay fails for each watcher that was cut off.
func allStay(t *testing.T, watchers []*watcher) {
	t.Helper()
	for i, w := range watchers {
		select {
		case <-w.cut:
			t.Fatalf("watcher %d of %d was cut off after %d joins, %d leaves and %d messages: %v",
				i, len(watchers), w.joins.Load(), w.leaves.Load(), w.messages.Load(), w.err)
		default:
		}
	}
}

// total waits until each watcher has counted so many.
func total(t *testing.T, watchers []*watcher, what string, count func(*watcher) *atomic.Int64, want int) {
	t.Helper()
	fewest := int64(0)
	defer func() {
		if t.Failed() {
			t.Logf("one watcher has heard %d %s", fewest, what)
		}
	}()
	eventually.True(t, fmt.Sprintf("all %d watchers have heard %d %s", len(watchers), want, what), func() bool {
		allStay(t, watchers)
		fewest = count(slices.MinFunc(watchers, func(a, b *watcher) int { return cmp.Compare(count(a).Load(), count(b).Load()) })).Load()
		return fewest >= int64(want)
	})
}

// TestCrowdsComeAndGo: clients of one node hear of every member of two others, one
// of which is killed and one stopped in order, and none of them is cut off.
func TestCrowdsComeAndGo(t *testing.T) {
	slow.Skip(t, "it is a crowd")
	server := redistest.Start(t)
	staying, killed, stopped := startProcess(t, server.URL()), startProcess(t, server.URL()), startProcess(t, server.URL())
	const n = 20
	watchers := staying.watch(n, "crowd")
	joins := func(w *watcher) *atomic.Int64 { return &w.joins }
	leaves := func(w *watcher) *atomic.Int64 { return &w.leaves }

	allStay(t, killed.watch(*fleetMembers, "crowd"))
	total(t, watchers, "joins", joins, *fleetMembers)
	killed.signal(syscall.SIGKILL)
	total(t, watchers, "leaves", leaves, *fleetMembers)

	allStay(t, stopped.watch(*fleetMembers, "crowd"))
	total(t, watchers, "joins", joins, 2**fleetMembers)
	stopped.signal(syscall.SIGTERM)
	total(t, watchers, "leaves", leaves, 2**fleetMembers)
	t.Logf("the node that stayed had %s resident at its peak", staying.peakMemory())
}

// TestANodeThatIsStopped for a while and goes on cuts off none of its clients,
// although pings and writes have passed their time, and they get what was sent
// meanwhile unless the node has missed it.
func TestANodeThatIsStopped(t *testing.T) {
	slow.Skip(t, "it suspends a process")
	t.Parallel()
	server := redistest.Start(t)
	node := startProcess(t, server.URL(), "WS_PING_INTERVAL=500", "WS_PING_TIMEOUT=3000")
	watchers := node.watch(20, "news")
	redis := server.Client()
	publish := func(message string) {
		if err := redis.Publish(t.Context(), "keryx:0:channel:news", `{"channel":"news","message":"`+message+`","sender":"t"}`).Err(); err != nil {
			t.Fatal(err)
		}
	}
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	sent := 0
	during := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); <-beat.C {
			publish("x")
			sent++
		}
	}
	during(time.Second)
	node.signal(syscall.SIGSTOP)
	during(*fleetPause)
	node.signal(syscall.SIGCONT)
	during(2 * time.Second)
	if *fleetPause < 5*time.Second { // or the node may have given its connection to Redis up, and says so
		total(t, watchers, "messages", func(w *watcher) *atomic.Int64 { return &w.messages }, sent)
	}
	allStay(t, watchers)
	t.Logf("%d messages; the node had %s resident at its peak", sent, node.peakMemory())
}

// TestBursts that come faster than they can be written cut off no client that reads.
func TestBursts(t *testing.T) {
	slow.Skip(t, "it is a crowd")
	for name, test := range map[string]struct{ messages, size int }{
		"small": {5000, 60}, "medium": {2000, 1000}, "large": {100, 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			node := startProcess(t, server.URL())
			watchers := node.watch(20, "news")
			pipe := server.Client().Pipeline()
			for range test.messages {
				pipe.Publish(t.Context(), "keryx:0:channel:news",
					`{"channel":"news","message":"`+strings.Repeat("x", test.size)+`","sender":"t"}`)
			}
			if _, err := pipe.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			total(t, watchers, "messages", func(w *watcher) *atomic.Int64 { return &w.messages }, test.messages)
			t.Logf("the node had %s resident at its peak", node.peakMemory())
		})
	}
}
