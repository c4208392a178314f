package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// docs opens the page about the API, at an entry if there is one.
func (p *tab) docs(s *server, path string) {
	p.t.Helper()
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+"/docs"+path))
	p.until(`document.readyState === "complete"`)
}

// try fills in the form of an action, sends it, and waits for an answer that contains a
// text.
func (p *tab) try(action string, values map[string]string, want string) {
	p.t.Helper()
	id := "action-" + strings.NewReplacer(":", "-").Replace(action)
	p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("#%s details").open = true`, id)))
	for name, value := range values {
		field := fmt.Sprintf("#%s-%s", id, name)
		p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("#%s [name=%s]").value = ""`, id, name)))
		p.do(chromedp.SendKeys(css(field), value))
	}
	p.do(chromedp.Click(css("#" + id + " [type=submit]")))
	p.until(fmt.Sprintf(`document.querySelector("#%s .output").textContent.includes(%q)`, id, want))
}

// TestThePageAboutTheAPI: a reader finds an action, copies it, and tries it with the session of
// the chat, over HTTP and WebSockets, with what goes wrong at each field.
func TestThePageAboutTheAPI(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada := b.person()
	ada.docs(s, "")
	if n := get[int](ada, `document.querySelectorAll(".entry").length`); n < 18 {
		t.Errorf("%d entries", n)
	}

	// Found by keyboard alone.
	ada.do(chromedp.KeyEvent("/"), chromedp.KeyEvent("streaming"))
	ada.until(`document.querySelector("#found").textContent === "1 entry"`)
	ada.do(chromedp.KeyEvent(kb.Enter))
	ada.until(`document.activeElement.tagName === "SUMMARY"`)
	ada.do(chromedp.KeyEvent(kb.Enter))
	ada.until(`document.activeElement.parentElement.open`)
	ada.do(chromedp.KeyEvent("/"), chromedp.KeyEvent(kb.Escape))
	ada.until(`[...document.querySelectorAll(".entry")].every((entry) => !entry.hidden)`)

	// A stream is shown, and errors stand at the fields that they are about.
	ada.try("streaming:counter", map[string]string{"count": "3"}, `"total":3`)
	ada.try("user:create", map[string]string{"name": "A", "email": "ada@example.com", "password": "short"}, "406")
	for _, name := range []string{"name", "password"} {
		ada.until(fmt.Sprintf(`document.querySelector("#action-user-create-%s").ariaInvalid === "true"`, name))
		ada.until(fmt.Sprintf(`document.querySelector("#action-user-create-%s-wrong").textContent !== ""`, name))
	}
	ada.try("user:create", map[string]string{"name": "Ada", "email": "ada@example.com", "password": password}, "200")
	ada.try("messages:list", nil, "401")
	ada.try("session:create", map[string]string{"email": "ada@example.com", "password": password}, "200")
	ada.try("messages:list", map[string]string{"limit": "1"}, `"messages"`)
	ada.try("user:view", map[string]string{"user": "99999"}, "404")

	// A channel is listened to.
	ada.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#channel-messages details").open = true`), chromedp.Click(css("#channel-messages [type=submit]")))
	ada.until(`document.querySelector("#channel-messages .output").textContent.includes("subscribed")`)
	ada.do(chromedp.Click(css("#channel-messages .stop")))
	ada.until(`document.querySelector("#channel-messages .output").textContent.includes("Ended")`)

	// What is copied is what is shown.
	ada.do(chromedp.Click(css("#action-status summary")), chromedp.Click(css("#action-status .copy")))
	ada.until(`document.querySelector("#action-status .copy").textContent !== "Copy"`)
	ada.clean("status of 401", "status of 404", "status of 406")
}

// TestThePageAboutTheAPILooks at the desk and on a phone, light and dark, and keeps nobody out.
func TestThePageAboutTheAPILooks(t *testing.T) {
	script := axe(t)
	s, b := start(t), startBrowser(t)
	ada := b.person()
	ada.docs(s, "")
	picture(ada, "docs")
	ada.accessible(script, "all actions")
	ada.docs(s, "#action-user-edit")
	ada.until(`document.querySelector("#action-user-edit details").open`)
	picture(ada, "docs-action")
	ada.do(chromedp.Evaluate[chromedp.Void](`for (const details of document.querySelectorAll("details")) details.open = true`))
	ada.accessible(script, "all that there is")
	ada.docs(s, "/openapi")
	ada.until(`document.querySelectorAll(".opblock").length > 10`)
	ada.do(chromedp.Click(css(".opblock-summary-control")))
	ada.until(`document.querySelector(".opblock.is-open") !== null`)
	picture(ada, "docs-swagger")
	ada.clean()
}
