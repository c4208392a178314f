package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/web"
)

type nothing struct{ h http.Header }

func (n nothing) Header() http.Header         { return n.h }
func (n nothing) Write(p []byte) (int, error) { return len(p), nil }
func (n nothing) WriteHeader(int)             {}

// BenchmarkRequest is the whole way of a request through the server, without a network:
// the overhead of the framework over a handler.
func BenchmarkRequest(b *testing.B) {
	registry := action.NewRegistry(action.Options{Timeout: time.Minute})
	action.Handle(registry, action.Action{Name: "echo:show", Web: action.GET("/echo/{id}")},
		func(context.Context, echoInput) (struct{}, error) { return struct{}{}, nil })
	s := web.New(web.Options{Config: settings(b), Actions: registry, Name: "bench", Logger: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequest("GET", "/api/echo/5", nil)
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(nothing{http.Header{}}, r)
	}
}
