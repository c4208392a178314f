// Command handwritten is the cached read of the caching example without a
// framework: net/http, go-redis and encoding/json, as a careful programmer
// would write it for this one route.
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/keryx-go/keryx/bench/internal/answer"
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
	client, err := newClient(*url)
	if err != nil {
		log.Fatal(err)
	}
	users.redis = client
	log.Fatal(newServer(*listen, users.routes()).ListenAndServe())
}

// newClient makes a client with the options that the framework sets.
func newClient(url string) (*redis.Client, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	o.DialTimeout = 2 * time.Second
	o.ReadTimeout = 3 * time.Second
	o.WriteTimeout = 3 * time.Second
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
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
