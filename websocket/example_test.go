package websocket_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	lib "github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/websocket"
)

// An app's API has a server already; this is how one is made alone.
func Example() {
	actions := action.NewRegistry(action.Options{})
	action.Handle(actions, action.Action{Name: "greet", Only: []string{connection.WebSocket}}, func(_ context.Context, in struct {
		Name string `json:"name"`
	}) (string, error) {
		return "Hello, " + in.Name, nil
	})
	server := websocket.New(websocket.Options{Actions: actions})
	listening := httptest.NewServer(server)
	defer listening.Close()

	ctx := context.Background()
	client, _, err := lib.Dial(ctx, strings.Replace(listening.URL, "http", "ws", 1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseNow()
	_ = client.Write(ctx, lib.MessageText, []byte(`{"messageType":"action","action":"greet","params":{"name":"Ada"},"messageId":1}`))
	_, answer, err := client.Read(ctx)
	fmt.Println(string(answer), err)
	go func() { _, _, _ = client.Read(ctx) }() // a client that reads answers the closing
	fmt.Println(server.Stop(ctx))
	// Output:
	// {"messageId":1,"response":"Hello, Ada"} <nil>
	// <nil>
}
