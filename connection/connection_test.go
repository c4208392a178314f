package connection_test

import (
	"context"
	"fmt"
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
