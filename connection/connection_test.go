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
	if a.ID() == "" || a.ID() != a.ID() {
		t.Fatalf("id changed or is empty: %q, %q", a.ID(), a.ID())
	}
	if a.ID() == b.ID() {
		t.Fatalf("two connections share the id %q", a.ID())
	}
}
