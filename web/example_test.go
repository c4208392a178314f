package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/web"
)

// A server is an http.Handler: here it is asked without a network.
func Example() {
	actions := action.NewRegistry(action.Options{})
	action.Handle(actions, action.Action{Name: "hello", Web: action.GET("/hello/{name}")},
		func(_ context.Context, in struct {
			Name string `json:"name"`
		}) (string, error) {
			return "Hello, " + in.Name, nil
		})
	server := web.New(web.Options{Config: config.Default[web.Settings](), Actions: actions, Logger: slog.New(slog.DiscardHandler)})

	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest("GET", "/api/hello/Ada", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Body)
	// Output: 200 application/json "Hello, Ada"
}
