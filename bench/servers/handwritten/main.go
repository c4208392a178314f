// Command handwritten is the cached read of the caching example without a framework:
// net/http, go-redis and encoding/json, written carefully for this one route.
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/rawredis"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "the address to serve")
	url := flag.String("redis", "redis://localhost:6379/0", "the Redis to cache in")
	file := flag.String("answer", "", "a file with the answer to give; empty: a built-in one")
	flag.Parse()

	wanted, err := answer.Load(*file)
	if err != nil {
		log.Fatal(err)
	}
	users, err := newUsers(wanted)
	if err != nil {
		log.Fatal(err)
	}
	client, err := rawredis.Open(*url)
	if err != nil {
		log.Fatal(err)
	}
	users.redis = client
	log.Fatal(newServer(*listen, users.routes()).ListenAndServe())
}

// newServer makes a server with the timeouts that the framework sets.
func newServer(address string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: address, Handler: h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      330 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
}
