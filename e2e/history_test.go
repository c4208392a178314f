package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// requests is how often a page has listed the messages.
const requests = `performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/messages/list")).length`

// TestMessagesOfTheTimeAway stops the server, starts it again, and lets one write before
// the other is back: what was missed appears once, in order, without loading the list.
func TestMessagesOfTheTimeAway(t *testing.T) {
	s, b := start(t), startBrowser(t)
	g := startGate(t, s)
	ada, grace := b.person(), b.person()
	ada.visit(g.server)
	ada.signUp("Ada")
	grace.visit(s)
	grace.signUp("Grace")
	said := []string{"before"}
	grace.say("before")
	ada.sees("before")
	ada.do(chromedp.Evaluate[chromedp.Void](`window.same = true`)) // it would be gone after a reload
	for round := range 2 {
		g.cut()
		s.stop()
		ada.until(disconnected)
		grace.until(disconnected)
		s.run()
		grace.live()
		for i := range 3 {
			text := fmt.Sprintf("missed %d in round %d", i, round)
			said = append(said, text)
			grace.say(text)
			grace.sees(text)
		}
		g.open()
		ada.live()
		ada.sees(said[len(said)-1])
		grace.say("after")
		said = append(said, "after")
		ada.until(fmt.Sprintf(`document.querySelectorAll(".bubble").length === %d`, len(said)))
		if got := ada.bubbles(); !slices.Equal(got, said) {
			t.Errorf("Ada sees %q, want %q", got, said)
		}
		ada.seesPeople("Ada", "Grace")
	}
	if n := get[int](ada, requests); n != 1 {
		t.Errorf("the list was loaded %d times", n)
	}
	if !get[bool](ada, `window.same === true`) {
		t.Error("the page was loaded again")
	}
	ada.clean(append(lost, "Failed to load resource")...)
}

// TestAwayForTooLong: the history has forgotten what a page saw last, so it lists the
// messages again.
func TestAwayForTooLong(t *testing.T) {
	s, b := start(t), startBrowser(t)
	g := startGate(t, s)
	ada, grace := b.person(), b.person()
	ada.visit(g.server)
	ada.signUp("Ada")
	grace.visit(s)
	grace.signUp("Grace")
	grace.say("before")
	ada.sees("before")
	g.cut()
	s.stop()
	ada.until(disconnected)
	s.run()
	grace.live()
	// More than the channel keeps, and more than a page of the list.
	grace.do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const post = (method, path, body) => fetch("/api" + path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
		const { token } = await (await post("GET", "/csrf-token")).json();
		for (let i = 0; i < 210; i++) await post("PUT", "/message", { body: "many " + i, csrfToken: token });
	})()`))
	grace.sees("many 209")
	// What is said before the list has come is beyond the gap, and closes it not.
	g.shut(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/api/messages/list") {
			return false
		}
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return true
	})
	ada.until(busy)
	grace.say("meanwhile")
	ada.sees("meanwhile")
	g.open()
	ada.sees("many 209")
	want := []string{}
	for i := 161; i < 210; i++ {
		want = append(want, fmt.Sprintf("many %d", i))
	}
	want = append(want, "meanwhile")
	ada.until(`document.querySelectorAll(".bubble").length === 50`)
	if got := ada.bubbles(); !slices.Equal(got, want) {
		t.Errorf("Ada sees %q", got)
	}
	ada.until(`!document.querySelector("#earlier").hidden`)
	ada.clean(append(lost, "Failed to load resource")...)
}
