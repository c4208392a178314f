package e2e

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const password = "correct horse battery"

func (p *tab) visit(s *server) {
	p.t.Helper()
	p.do(chromedp.Navigate(s.url + "/"))
	p.until(`!document.querySelector("#welcome").hidden || !document.querySelector("#chat").hidden`)
}

func email(name string) string { return strings.ToLower(name) + "@example.com" }

// signUp makes an account, which signs in too, and waits for the connection.
func (p *tab) signUp(name string) {
	p.t.Helper()
	p.signUpOnly(name)
	p.live()
}

// signUpOnly does not wait for the connection.
func (p *tab) signUpOnly(name string) {
	p.t.Helper()
	p.do(
		chromedp.Click(css("#tab-up")),
		chromedp.SendKeys(css("#sign-up [name=name]"), name),
		chromedp.SendKeys(css("#sign-up [name=email]"), email(name)),
		chromedp.SendKeys(css("#sign-up [name=password]"), password),
		chromedp.Click(css("#sign-up [type=submit]")),
	)
}

func (p *tab) signIn(name, password string) {
	p.t.Helper()
	p.do(
		chromedp.Click(css("#tab-in")),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("#sign-in").reset()`),
		chromedp.SendKeys(css("#sign-in [name=email]"), email(name)),
		chromedp.SendKeys(css("#sign-in [name=password]"), password+kb.Enter),
	)
}

// live waits until the page says that it is connected.
func (p *tab) live() {
	p.t.Helper()
	p.until(`document.querySelector("#connection").dataset.state === "live" && !document.querySelector("#chat").hidden`)
}

// say writes a message and sends it with the Enter key.
func (p *tab) say(text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys(css("#body"), text+kb.Enter))
}

// sees waits until a message with exactly that text is shown.
func (p *tab) sees(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll(".bubble")].some((e) => e.textContent === %q)`, text))
}

// bubbles are the texts of all messages.
func (p *tab) bubbles() []string {
	p.t.Helper()
	return get[[]string](p, `[...document.querySelectorAll(".bubble")].map((e) => e.textContent)`)
}

// seesPeople waits until exactly these are shown to be there.
func (p *tab) seesPeople(names ...string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll(".person [data-part=name]")].map((e) => e.textContent).sort().join() === %q`,
		strings.Join(names, ",")))
}
