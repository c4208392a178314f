package connection_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/keryx-go/keryx/connection"
)

func ExampleFrom() {
	ctx := connection.With(context.Background(), &connection.Connection{
		Transport: connection.Web, RemoteAddr: "192.0.2.7",
	})
	c := connection.From(ctx)
	fmt.Println(c.Transport, c.RemoteAddr)
	fmt.Println(connection.From(context.Background()).Transport)
	// Output:
	// web 192.0.2.7
	// internal
}

func TestIDIsStableAndUnique(t *testing.T) {
	a, b := &connection.Connection{}, &connection.Connection{}
	first := a.ID()
	if again := a.ID(); first == "" || again != first {
		t.Fatalf("the id is empty or changed: %q, then %q", first, again)
	}
	if b.ID() == first {
		t.Fatalf("two connections share the id %q", first)
	}
}

func ExampleConnection_SetReply() {
	c := &connection.Connection{Transport: connection.Web}
	c.SetReply("Retry-After", "1")
	c.SetReply("retry-after", "2")
	c.AddReply("Set-Cookie", "a=1")
	c.AddReply("Set-Cookie", "b=2")
	c.AddReply("set-cookie", "b=3")
	h := http.Header{"Retry-After": {"7"}, "X-Server-Name": {"server"}}
	c.WriteReply(h) // as a transport does
	fmt.Println(h)
	// Output:
	// map[Retry-After:[2] Set-Cookie:[a=1 b=3] X-Server-Name:[server]]
}

type counterKey struct{}

func TestAValueIsMadeOnce(t *testing.T) {
	var made int
	c := &connection.Connection{}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if got := c.Value(counterKey{}, func() any { made++; return "the value" }); got != "the value" {
				t.Errorf("got %v", got)
			}
		})
	}
	all.Wait()
	if made != 1 {
		t.Errorf("it was made %d times", made)
	}
}
