package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// ownFirst is whether users see themselves, at the head of the list and once.
const ownFirst = `document.querySelector(".person")?.innerText.includes("you") && document.querySelectorAll(".person [data-part=you]:not([hidden])").length === 1`

// TestUsersAreInTheirOwnList before the server has said who is there, after a reconnect,
// and whatever events say of them: those of another tab, or of a node that has died.
func TestUsersAreInTheirOwnList(t *testing.T) {
	s, b := start(t), startBrowser(t)
	g := startGate(t, s)
	ada, grace := b.person(), b.person()
	ada.visit(g.server)
	g.shut(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/api/room/people") {
			return false
		}
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return true
	})
	ada.signUpOnly("Ada")
	ada.until(busy)
	ada.until(ownFirst)
	g.open()
	grace.visit(s)
	grace.signUp("Grace")
	ada.seesPeople("Ada", "Grace")
	ada.until(ownFirst)

	own := get[string](ada, `document.querySelector(".person").dataset.key`)
	for _, events := range [][]string{{"leave"}, {"join"}, {"leave", "join"}, {"join", "leave"}, {"leave", "leave"}} {
		for _, event := range events {
			ada.do(chromedp.Evaluate[chromedp.Void](`window.heard = false;
				import("/js/people.js").then((people) => { people.changed({ event: "` + event + `", presenceKey: "` + own + `" }); window.heard = true; })`))
			ada.until(`window.heard`)
			if !get[bool](ada, ownFirst) {
				t.Errorf("after %q Ada is not in her list", events)
			}
		}
	}
	ada.seesPeople("Ada", "Grace")
	s.kill()
	ada.until(disconnected)
	ada.until(ownFirst)
	s.run()
	ada.live()
	ada.seesPeople("Ada", "Grace")
	ada.until(ownFirst)
	ada.clean(append(lost, "status of 503", "status of 502")...)
}
