package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// apply fills in the form to sign up and sends it.
func (p *tab) apply(name, email, password string) {
	p.t.Helper()
	p.do(chromedp.Click(css("#tab-up")), chromedp.Evaluate[chromedp.Void](`document.querySelector("#sign-up").reset()`))
	for field, text := range map[string]string{"name": name, "email": email, "password": password} {
		if text != "" {
			p.do(chromedp.SendKeys(css("#sign-up [name="+field+"]"), text))
		}
	}
	p.do(chromedp.Click(css("#sign-up [type=submit]")))
}

// blames waits until exactly these fields of the form to sign up are marked, each
// described by its problem, and the first of them has the focus.
func (p *tab) blames(problems map[string]string) {
	p.t.Helper()
	for _, field := range []string{"name", "email", "password"} {
		p.until(fmt.Sprintf(`(() => {
			const field = document.querySelector("#sign-up [name=%s]"), problem = %q;
			const described = field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent);
			return (field.ariaInvalid === "true") === (problem !== "") && (problem === "" || described.includes(problem));
		})()`, field, problems[field]))
	}
	p.until(`document.activeElement === document.querySelector("#sign-up [aria-invalid]")`)
}

func TestProblemsAreShownWhereTheyAre(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada := b.person()
	ada.visit(s)
	const short, invalid = "This field is required and must be at least 3 characters long", "This is not a valid email"
	ada.apply("Ada", "ada", password)
	ada.blames(map[string]string{"email": invalid})
	ada.apply("", "", "")
	ada.blames(map[string]string{"name": short, "email": short, "password": "Password must be at least 8 characters"})
	ada.until(`document.querySelector("#sign-up > [role=alert]").textContent === "3 fields have to be changed."`)
	ada.apply("x", "ada at example", "short") // its length is right: the server would tell only at the next try
	ada.blames(map[string]string{"name": short, "email": invalid, "password": "Password must be at least 8 characters"})
	picture(ada, "problems")

	ada.do(chromedp.SendKeys(css("#sign-up [name=name]"), "yz")) // what is being put right is wrong no longer
	ada.until(`document.querySelector("#sign-up [name=name]").ariaInvalid === null && document.querySelector("#up-name-problem").textContent === ""`)

	ada.apply("Ada", "ada@example.com", password)
	ada.live()
	grace := b.person()
	grace.visit(s)
	grace.apply("Ada", "ada@example.com", password)
	grace.blames(map[string]string{"name": "This name is taken", "email": "User already exists"})
	ada.clean("status of 406")
	grace.clean("status of 500")
}
