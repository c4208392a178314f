package websocket_test

import (
	"fmt"
	"strings"
	"testing"
)

// Whatever becomes of the goroutine that answers a message, the next one is read:
// one message after the other, and many at once.
func TestReadsOnAfterAnything(t *testing.T) {
	h := newHeld()
	close(h.open)
	c := dial(t, start(t, h, map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "0", "WS_MAX_CONCURRENT_MESSAGES": "3"}))
	calls := []string{call("exit", nil), call("panic", nil), call("wait", nil), call("count", nil), `{`, call("nowhere", nil), call("exit", nil)}
	for range 20 {
		for _, said := range calls {
			c.say(said)
			c.hear()
			if strings.Contains(said, "count") { // two pieces and the end
				c.hear()
				c.hear()
			}
		}
		c.ask(call("echo", echoInput{"on"}), `"text":"on"`)
	}
	for range 20 {
		for range 10 {
			c.say(call("exit", nil))
			c.say(call("echo", echoInput{"many"}))
		}
		heard := ""
		for range 20 {
			heard += c.hear()
		}
		if n := strings.Count(heard, `"text":"many"`); n != 10 {
			t.Fatalf("%d of 10 messages were answered: %s", n, heard)
		}
	}
}

// A message that waits for the worker of another, and for nobody else, is answered
// also when that one ends its goroutine.
func TestWaitsForOneThatExits(t *testing.T) {
	h := newHeld()
	c := dial(t, start(t, h, map[string]string{"WS_MAX_CONCURRENT_MESSAGES": "1"}))
	for range 3 {
		c.say(call("wait-exit", nil))
		<-h.begun
		c.say(call("echo", echoInput{"after"}))
		c.say(call("echo", echoInput{"after"}))
		h.open <- struct{}{}
		for range 3 {
			if heard := c.hear(); !strings.Contains(heard, "after") && !strings.Contains(heard, "SERVER_ERROR") {
				t.Errorf("heard %s", heard)
			}
		}
	}
}

// As many messages are worked on as the setting says, also when the first of them
// is in the hands of the goroutine that has read it.
func TestNoMoreThanMayAtOnce(t *testing.T) {
	h := newHeld()
	c := dial(t, start(t, h, map[string]string{"WS_MAX_CONCURRENT_MESSAGES": "3"}))
	for range 7 {
		c.say(call("wait", nil))
	}
	for range 3 {
		<-h.begun
	}
	// Whoever reads waits for a worker now; so this comes after one of the others.
	c.say(call("echo", echoInput{"last"}))
	if n := len(h.begun); n != 0 {
		t.Errorf("%d more than 3 actions run", n)
	}
	close(h.open)
	heard := ""
	for n := range 8 {
		heard += fmt.Sprintln(n, c.hear())
	}
	if strings.Count(heard, "waited") != 7 || !strings.Contains(heard, "last") {
		t.Errorf("heard %s", heard)
	}
}
