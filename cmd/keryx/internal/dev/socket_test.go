package dev

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestAPortThatIsInUse(t *testing.T) {
	taken, err := listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	_, err = listen(t.Context(), address)
	f := &failure{}
	if !errors.As(err, &f) || f.title != "cannot listen on "+address+": the port is in use" || !strings.Contains(f.text, "set WEB_SERVER_PORT to a free port") {
		t.Fatalf("%v", err)
	}
	if owner := fmt.Sprintf("(pid %d)", os.Getpid()); runtime.GOOS == "linux" && !strings.Contains(f.text, owner) {
		t.Errorf("%s does not name %s", f.text, owner)
	}
}

// TestBoard: the socket outlives the time in which the board answers on it, and the events
// of an old version end.
func TestBoard(t *testing.T) {
	b, err := newBoard(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	l, err := listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b.show(0, "it does not compile", "a.go:1:1: <b>\r\x00")
	for range 3 {
		b.serve(l)
		b.serve(l) // does nothing
		response, err := http.Get("http://" + l.Addr().String() + "/x")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable || !response.Close {
			t.Errorf("%s, close: %t", response.Status, response.Close)
		}
		b.rest()
		accepts(t, l)
	}

	b.show(1, "", "")
	events := listenTo(t, b.url+"1/events")
	if s := events(); s == nil || *s != (status{Version: 1, Reload: true}) {
		t.Errorf("first event: %+v", s)
	}
	b.show(1, "it does not start", "no\r\n<b>")
	if s := events(); s == nil || *s != (status{1, "it does not start", "no\n<b>", true}) {
		t.Errorf("second event: %+v", s)
	}
	b.show(2, "", "")
	if s := events(); s == nil || s.Version != 2 {
		t.Errorf("third event: %+v", s)
	}
	if s := events(); s != nil {
		t.Errorf("the events of version 1 go on: %+v", s)
	}
	address, _, _ := strings.Cut(strings.TrimPrefix(b.url, "http://"), "/")
	response, err := http.Get("http://" + address + "/guess/2/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("without the secret: %s", response.Status)
	}
}

// accepts checks that a listener gives its connections to its owner.
func accepts(t *testing.T, l *net.TCPListener) {
	t.Helper()
	borrowed{l}.borrow()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = accepted.Close()
}

// listenTo returns a function that returns the next event, or nil after the last.
func listenTo(t *testing.T, url string) func() *status {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	return func() *status {
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			s := new(status)
			if err := json.Unmarshal([]byte(text), s); err != nil {
				t.Error(err)
			}
			return s
		}
		return nil
	}
}
