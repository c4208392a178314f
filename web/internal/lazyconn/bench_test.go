package lazyconn_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/keryx-go/keryx/web/internal/lazyconn"
)

// BenchmarkRequest is a request with all of a server's timeouts, over a
// connection of each kind.
func BenchmarkRequest(b *testing.B) {
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"tcp": func(l net.Listener) net.Listener { return l }, "lazy": lazyconn.NewListener,
	} {
		b.Run(name, func(b *testing.B) {
			inner, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			address := serve(b, wrap(inner), &http.Server{
				ReadHeaderTimeout: time.Minute, ReadTimeout: time.Minute, IdleTimeout: time.Minute,
				Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }),
			})
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				client, err := net.Dial("tcp", address)
				if err != nil {
					b.Error(err)
					return
				}
				defer client.Close()
				answers := bufio.NewReader(client)
				for pb.Next() {
					_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
					response, err := http.ReadResponse(answers, nil)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, response.Body)
				}
			})
		})
	}
}
