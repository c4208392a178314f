package e2e

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// crowd makes a page into many people: each has a WebSocket, an account and a session.
const crowd = `(async () => {
	const join = (i) => new Promise((resolve, reject) => {
		const socket = new WebSocket(location.origin.replace("http", "ws"));
		const act = (action, params) => socket.send(JSON.stringify({ messageType: "action", action, params, messageId: action }));
		const email = "crowd" + i + "@example.com", password = "correct horse battery";
		socket.onopen = () => act("user:create", { name: "Person " + i, email, password });
		socket.onmessage = ({ data }) => {
			const { messageId, error, subscribed } = JSON.parse(data);
			if (error) reject(data);
			else if (messageId === "user:create") act("session:create", { email, password });
			else if (messageId === "session:create") socket.send(JSON.stringify({ messageType: "subscribe", channel: "messages" }));
			else if (subscribed) resolve(socket);
		};
	});
	window.sockets = [];
	for (let i = 0; i < 60; i += 4) sockets.push(...await Promise.all([0, 1, 2, 3].map((j) => join(i + j))));
	window.crowd = sockets.length;
})()`

// TestARoomFullOfPeople: what a page asks for when it loads does not grow with the people
// who are there, and users are in their own list, however many there are.
func TestARoomFullOfPeople(t *testing.T) {
	s, b := start(t), startBrowser(t)
	others, zoe := b.person(), b.person()
	others.visit(s)
	others.do(chromedp.Evaluate[chromedp.Void](crowd))
	others.until(`window.crowd === 60`)

	zoe.visit(s)
	zoe.signUp("Zoe")
	const full = `document.querySelector("#people-count").textContent === "61" && document.querySelectorAll(".person").length === 60 &&
		document.querySelector("#people").innerText.includes("and 1 more") && document.querySelector(".person").innerText.includes("Zoe")`
	zoe.until(full)
	for range 3 {
		zoe.do(chromedp.Reload())
		zoe.live()
		zoe.until(full)
		if n := get[int](zoe, `performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/")).length`); n > 3 {
			t.Errorf("a load takes %d requests", n)
		}
	}
	picture(zoe, "crowd")
	others.do(chromedp.Evaluate[chromedp.Void](`sockets.forEach((socket) => socket.close())`))
	zoe.seesPeople("Zoe")
	others.clean()
	zoe.clean()
}

const busy = `document.querySelector("#connection").dataset.state === "busy" && !document.querySelector("#chat").hidden &&
	document.querySelector("#welcome").hidden && /The server is busy · next try in \d+ s/.test(document.querySelector("#connection").textContent)`

// TestThePageWaitsForTheLimiter asks for more than the limiter gives.
func TestThePageWaitsForTheLimiter(t *testing.T) {
	s, b := start(t, "RATE_LIMIT_AUTH_LIMIT=5", "RATE_LIMIT_WINDOW_MS=6000"), startBrowser(t) // four requests, and three of the reload
	ada := b.person()
	ada.visit(s)
	ada.signUp("Ada")
	ada.say("before")
	ada.sees("before")
	ada.do(chromedp.Reload())
	ada.until(busy)
	picture(ada, "busy")
	ada.live()
	ada.sees("before")
	ada.seesPeople("Ada")
	for _, text := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
		ada.say(text)
	}
	ada.until(busy)
	ada.sees("seven") // nothing that was written is lost
	if got := strings.Join(ada.bubbles(), " "); got != "before one two three four five six seven" {
		t.Errorf("Ada sees %q", got)
	}
	ada.clean("status of 429")
}

// TestThePageWaitsForAServerThatIsBusy has a proxy before the server that is busy for a
// time: with a date, with seconds, and without a word.
func TestThePageWaitsForAServerThatIsBusy(t *testing.T) {
	s, b := start(t), startBrowser(t)
	g := startGate(t, s)
	var refused atomic.Int32
	refuse := func(after func() string) {
		g.shut(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, "/api/") {
				return false
			}
			refused.Add(1)
			if text := after(); text != "" {
				w.Header().Set("Retry-After", text)
			}
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return true
		})
	}

	ada := b.person()
	ada.visit(g.server)
	ada.signUp("Ada")
	ada.say("before")
	ada.sees("before")
	for name, after := range map[string]func() string{
		"a date":    func() string { return time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat) },
		"seconds":   func() string { return "3" },
		"no header": func() string { return "" },
	} {
		refused.Store(0)
		refuse(after)
		ada.do(chromedp.Reload())
		ada.until(busy)
		g.open()
		ada.live()
		ada.sees("before")
		if n := refused.Load(); n > 2 {
			t.Errorf("%s: it asked %d times within three seconds", name, n)
		}
	}
	// Who leaves while the page waits has left.
	refuse(func() string { return "3600" })
	ada.say("a draft")
	ada.until(busy)
	g.open()
	ada.do(chromedp.Click(css("#sign-out")))
	ada.until(`!document.querySelector("#welcome").hidden && document.querySelector("#connection").hidden`)
	ada.clean("status of 503")
}
