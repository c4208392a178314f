package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/stream"
	"github.com/keryx-go/keryx/web"
)

// breaks registers streams that fail in the middle: GET /api/chunks, GET /api/zipped,
// which is compressed, and GET /handler.
func breaks(r *action.Registry, s *web.Server) {
	half := strings.Repeat("a,b\n", 1000)
	chunks := func(context.Context, struct{}) (action.Stream, error) {
		return stream.Chunks("text/csv", func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, half)
			return errors.Join(err, errors.New("boom"))
		}), nil
	}
	action.Handle(r, action.Action{Name: "chunks", Web: action.GET("/chunks")}, chunks)
	action.Handle(r, action.Action{Name: "zipped", Web: action.GET("/zipped")}, func(ctx context.Context, in struct{}) (action.Stream, error) {
		connection.From(ctx).SetReply("Cache-Control", "public") // it may be transformed
		return chunks(ctx, in)
	})
	s.Handle("GET /handler", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, half)
		_ = http.NewResponseController(w).Flush()
		panic("boom")
	}))
}

// breaking are the paths of breaks.
var breaking = map[string]string{"chunks": "/api/chunks", "zipped": "/api/zipped", "handler": "/handler"}

// TestABrokenBodyOverHTTP1: there is no last chunk, and without chunks the connection is
// reset, because its end would be that of the body.
func TestABrokenBodyOverHTTP1(t *testing.T) {
	s := start(t, nil, breaks)
	for name, path := range breaking {
		for _, version := range []string{"1.0", "1.1"} {
			for _, keep := range []string{"close", "keep-alive"} {
				t.Run(name+" "+version+" "+keep, func(t *testing.T) {
					c := dial(t, s.URL())
					request := "GET " + path + " HTTP/" + version + "\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: " + keep + "\r\n\r\n"
					if _, err := io.WriteString(c, request); err != nil {
						t.Fatal(err)
					}
					var raw bytes.Buffer
					_, err := io.Copy(&raw, c)
					if version == "1.0" {
						if !errors.Is(err, syscall.ECONNRESET) {
							t.Errorf("the connection ends with %v", err)
						}
						return
					}
					if err != nil || bytes.HasSuffix(raw.Bytes(), []byte("0\r\n\r\n")) {
						t.Errorf("the connection ends with %v: %q", err, raw.Bytes())
					}
					response, err := http.ReadResponse(bufio.NewReader(&raw), nil)
					if err != nil {
						t.Fatal(err)
					}
					isBroken(t, response)
				})
			}
		}
	}
}

// isBroken reads a body, which must not look whole, compressed or not.
func isBroken(t *testing.T, r *http.Response) {
	t.Helper()
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil || len(body) == 0 || r.StatusCode != http.StatusOK {
		t.Errorf("status %d, %d bytes, %v", r.StatusCode, len(body), err)
	}
	if r.Header.Get("Content-Encoding") != "gzip" {
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(string(plain), "a,b\n") {
		t.Errorf("%d bytes were compressed, and end with %v", len(plain), err)
	}
}

// TestABrokenBodyOverHTTP2: in a server of the app with TLS. The stream is reset.
func TestABrokenBodyOverHTTP2(t *testing.T) {
	registry := action.NewRegistry(action.Options{})
	s := web.New(web.Options{Config: settings(t), Actions: registry, Name: "tester", Logger: slog.New(slog.DiscardHandler)})
	breaks(registry, s)
	server := httptest.NewUnstartedServer(s)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	transport := server.Client().Transport.(*http.Transport)
	transport.DisableCompression = true
	for name, path := range breaking {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip")
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			if response.ProtoMajor != 2 || response.TLS.NegotiatedProtocol != "h2" || response.TLS.Version < tls.VersionTLS12 {
				t.Fatalf("it is %s", response.Proto)
			}
			isBroken(t, response)
		})
	}
}

// TestHeadOfABrokenBody is that of the whole one: nothing is produced.
func TestHeadOfABrokenBody(t *testing.T) {
	s := start(t, nil, breaks)
	for _, version := range []string{"1.0", "1.1"} {
		answer := talk(t, s.URL(), "HEAD /api/chunks HTTP/"+version+"\r\nHost: x\r\nConnection: close\r\n\r\n")
		if !strings.Contains(answer, " 200 OK\r\n") || !strings.HasSuffix(answer, "\r\n\r\n") {
			t.Errorf("got %q", answer)
		}
	}
}
