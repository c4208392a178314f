package dev

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"strings"
	"sync"
	"unicode"
)

//go:embed client.js
var clientJS []byte

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Parse(pageHTML))

// prefix is the path of what pages load; package devpage has the same.
const prefix = "/__keryx/dev/"

// status is what pages are told.
type status struct {
	Version int    `json:"version"` // of the app that serves; 0: none
	Title   string `json:"title"`   // of an error; "" when all is well
	Text    string `json:"text"`
	Reload  bool   `json:"reload"`
}

// board shows the status to pages. They ask through the app, which sends the requests on
// to the address of the board, or, while no version of the app serves, they ask the board
// itself on the port of the app.
type board struct {
	url  string // of the board; secret, so that no other page asks
	apps *http.Server
	self *http.Server
	done sync.WaitGroup

	mu      sync.Mutex
	status  status
	changed chan struct{} // closed at the next change
	lent    *borrowed     // the socket of the app, while self serves on it
	served  chan struct{} // closed when self has given it back
}

// newBoard starts a board.
func newBoard(ctx context.Context, reload bool) (*board, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	secret := "/" + rand.Text() + "/"
	b := &board{url: "http://" + l.Addr().String() + secret, status: status{Reload: reload}, changed: make(chan struct{})}
	apps := http.NewServeMux()
	apps.HandleFunc("GET "+secret+"{version}/client.js", b.client)
	apps.HandleFunc("GET "+secret+"{version}/events", b.events)
	b.apps = &http.Server{Handler: apps}
	self := http.NewServeMux()
	self.HandleFunc("GET "+prefix+"client.js", b.client)
	self.HandleFunc("GET "+prefix+"events", b.events)
	self.HandleFunc("/", b.failed)
	b.self = &http.Server{Handler: self}
	b.self.SetKeepAlivesEnabled(false) // the next request is for the app
	b.done.Go(func() { _ = b.apps.Serve(l) })
	return b, nil
}

// show changes the status.
func (b *board) show(version int, title, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Version, b.status.Title, b.status.Text = version, title, printable(text)
	close(b.changed)
	b.changed = make(chan struct{})
}

// printable returns a text as a page has it after it was parsed.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// now returns the status, and a channel that is closed when there is another one.
func (b *board) now() (status, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status, b.changed
}

// serve answers on the socket of the app, which no version serves.
func (b *board) serve(l *net.TCPListener) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lent != nil || l == nil {
		return
	}
	b.lent = &borrowed{l}
	b.lent.borrow()
	lent, served := *b.lent, make(chan struct{})
	b.served = served
	go func() {
		defer close(served)
		_ = b.self.Serve(lent)
	}()
}

// rest leaves the socket to the app.
func (b *board) rest() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lent != nil {
		b.lent.giveBack()
		<-b.served // or it would go on when the socket is lent again
		b.lent = nil
	}
}

// close ends all responses.
func (b *board) close() {
	b.rest()
	_ = b.apps.Close()
	_ = b.self.Close()
	b.done.Wait()
}

// events sends the status, and each new one. A stream that comes through a version of the
// app ends when another one serves, so that the old one can end.
func (b *board) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	through := r.PathValue("version")
	_, err := fmt.Fprint(w, "retry: 200\n\n")
	for err == nil {
		s, changed := b.now()
		text, _ := json.Marshal(s) // texts and numbers always encode
		if _, err = fmt.Fprintf(w, "data: %s\n\n", text); err == nil {
			err = out.Flush()
		}
		if through != "" && through != fmt.Sprint(s.Version) {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (b *board) client(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(clientJS)
}

// failed answers for an app that does not run: browsers with a page, others with the
// error in the form of the app's own.
func (b *board) failed(w http.ResponseWriter, r *http.Request) {
	s, _ := b.now()
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", "1")
	h.Set("X-Content-Type-Options", "nosniff")
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = page.Execute(w, s) // it fails when the client has left
	case strings.Contains(accept, "text/plain"):
		http.Error(w, "keryx dev: "+s.Title+"\n"+s.Text, http.StatusServiceUnavailable)
	default:
		h.Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
			"message": "keryx dev: " + s.Title + "\n" + s.Text, "type": "CONNECTION_SERVER_ERROR",
		}})
	}
}
