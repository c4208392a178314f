package e2e

import "testing"

// lost are the browser's own words for a server that is not there.
var lost = []string{"WebSocket connection to", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"}

const disconnected = `document.querySelector("#connection").dataset.state === "waiting" &&
	document.querySelector("#connection").textContent.includes("Connection lost")`

// TestThePageComesBack restarts the server during a chat: once in an orderly way,
// once by a crash.
func TestThePageComesBack(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada, grace := b.person(), b.person()
	ada.visit(s)
	ada.signUp("Ada")
	grace.visit(s)
	grace.signUp("Grace")
	ada.say("before")
	grace.sees("before")

	for name, end := range map[string]func(){"an orderly stop": s.stop, "a crash": s.kill} {
		end()
		ada.until(disconnected)
		grace.until(disconnected)
		picture(grace, "lost")
		s.run()
		ada.live()
		grace.live()
		ada.say("after " + name)
		grace.sees("after " + name)
		ada.sees("before")
	}
	ada.seesPeople("Ada", "Grace")
	ada.clean(lost...)
	grace.clean(lost...)
}

// TestASessionThatIsGone restarts a server that keeps its sessions in itself.
func TestASessionThatIsGone(t *testing.T) {
	s, b := startWith(t, chat, "embedded://"), startBrowser(t)
	ada := b.person()
	ada.visit(s)
	ada.signUp("Ada")
	s.stop()
	ada.until(disconnected)
	s.run()
	ada.until(`document.querySelector("#notice").textContent === "Your session has ended. Please sign in again."`)
	ada.signIn("Ada", password)
	ada.live()
	ada.clean(lost...)
}
