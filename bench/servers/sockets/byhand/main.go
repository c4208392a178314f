// Command byhand is its sibling keryx without a framework: the same messages over
// the same WebSocket library and Redis client, as a careful programmer would
// write it for these two actions.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "the address to serve")
	url := flag.String("redis", "redis://localhost:6379/0", "the Redis to broadcast over")
	flag.Parse()

	client, err := newClient(*url)
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
