package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/keryx-go/keryx/internal/redistest"
)

// has waits until the page's main part says a text.
func (p *tab) has(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector("main").innerText.includes(%q)`, text))
}

// fill fills the form in and sends it.
func (p *tab) fill(values map[string]string) {
	p.t.Helper()
	for name, value := range values {
		p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("form [name=%s]").value = %q`, name, value)))
	}
	p.do(chromedp.Click(css("form button")))
}

// TestBookingARoom: from nothing to a booking that a second window sees at once, on paths
// that only the page knows.
func TestBookingARoom(t *testing.T) {
	s, b := startWith(t, bookings, redistest.Start(t).URL()), startBrowser(t)
	ada := b.person()
	ada.do(chromedp.Navigate(s.url + "/"))
	ada.until(`document.querySelector("form [name=email]") !== null`)
	ada.fill(map[string]string{"name": "Ada", "email": "ada@example.com", "password": password})
	ada.has("Your organisations")
	ada.fill(map[string]string{"name": "Analytical Society"})
	ada.has("Analytical Society")
	ada.do(chromedp.Click(css("main a")))
	ada.has("Rooms")
	ada.fill(map[string]string{"name": "Library", "capacity": "8"})
	ada.has("8 seats")
	ada.do(chromedp.Click(css("main li a")))
	ada.has("Library")

	path := get[string](ada, "location.pathname")
	second := ada.another()
	second.do(chromedp.Navigate(s.url + path)) // no file: the server answers with the page
	second.has("Library")

	slot := map[string]string{"title": "Notes on the engine", "from": "2099-05-04T10:00", "to": "2099-05-04T11:00"}
	ada.fill(slot)
	ada.has("Notes on the engine")
	second.has("Notes on the engine") // it came over the channel
	second.fill(map[string]string{"title": "Another", "from": "2099-05-04T10:30", "to": "2099-05-04T12:00"})
	second.until(`document.querySelector("#error").textContent !== ""`)

	ada.do(chromedp.Click(css("main li button")))
	second.until(`!document.querySelector("main").innerText.includes("Notes on the engine")`)
	ada.do(chromedp.Click(css("#sign-out")))
	ada.until(`document.querySelector("form [name=password]") !== null`)
	ada.clean("401")
	second.clean("409")
}
