// Command constant answers every request with the same bytes. It shows the limit of
// net/http on a machine.
package main

import (
	"flag"
	"log"
	"net/http"

	"github.com/keryx-go/keryx/bench/internal/answer"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "the address to serve")
	file := flag.String("answer", "", "a file with the answer to give; empty: a built-in one")
	flag.Parse()

	constant, err := answer.Load(*file)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: *listen, Handler: handler(constant)}
	log.Fatal(server.ListenAndServe())
}

func handler(constant answer.Answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		constant.WriteHeader(w.Header())
		_, _ = w.Write(constant.Body) // an error means that the client is gone
	})
}
