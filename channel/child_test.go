package channel_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/redis"
)

// childVariable makes the test binary a node of its own, which can be killed.
const childVariable = "CHANNEL_TEST_CHILD"

// child joins "room:1" as the members that its variable names after the URL, and
// stays.
func child() {
	args := strings.Fields(os.Getenv(childVariable))
	ctx := context.Background()
	c, err := redis.Open(ctx, args[0], redis.Options{})
	if err != nil {
		panic(err)
	}
	h := channel.NewHub(channel.Options{
		Redis: c, PresenceTTL: deathTTL, Heartbeat: deathTTL / 4,
	})
	h.Handle(channel.Channel{Name: "room:{room}", PresenceKey: person})
	if err := h.Start(ctx); err != nil {
		panic(err)
	}
	var gaps atomic.Int64
	h.OnGap(func(channel.Gap) { gaps.Add(1) })
	for _, key := range args[1:] {
		c := newClient(key + "/child")
		if err := h.Join(as(ctx, c), c, "room:1"); err != nil {
			panic(err)
		}
	}
	asked := &asker{func() { _ = h.Broadcast(ctx, "room:1", fmt.Sprint(gaps.Load(), " gaps"), "child") }}
	if err := h.Join(as(ctx, newClient(args[1]+"/asked")), asked, "room:1"); err != nil {
		panic(err)
	}
	fmt.Println("joined")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// asker is a subscriber that answers the question how many gaps there were.
type asker struct{ answer func() }

func (a *asker) ID() string { return "asked" }

func (a *asker) Deliver(m *channel.Message) {
	if string(m.Payload) == `"how many gaps"` {
		go a.answer()
	}
}

// spawn starts a child and waits until it has joined.
func spawn(t *testing.T, url string, keys ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+url+" "+strings.Join(keys, " "))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe() // ends with this process, and so does the child
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "joined\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return cmd
}

// deathTTL is the presence TTL where a node dies.
const deathTTL = 2 * time.Second
