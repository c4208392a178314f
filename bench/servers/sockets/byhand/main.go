// Command byhand is the server keryx beside it without a framework: the same messages
// over the same WebSocket library and Redis client, written carefully for these two
// actions.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/keryx-go/keryx/bench/internal/rawredis"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "the address to serve")
	url := flag.String("redis", "redis://localhost:6379/0", "the Redis to broadcast over")
	flag.Parse()

	client, err := rawredis.Open(*url)
	if err != nil {
		log.Fatal(err)
	}
	s, err := newServer(context.Background(), client)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: *listen, Handler: s,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}
