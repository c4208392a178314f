package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestTwoPeopleChat(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada, grace := b.person(), b.person()
	ada.visit(s)
	ada.signUp("Ada")
	grace.visit(s)
	grace.signUp("Grace")

	ada.seesPeople("Ada", "Grace")
	grace.seesPeople("Ada", "Grace")

	ada.say("Hello Grace")
	grace.sees("Hello Grace")
	ada.sees("Hello Grace")
	grace.say("Hello Ada, wie schön 🎉")
	ada.sees("Hello Ada, wie schön 🎉")

	second := ada.another() // of the same person: signed in already
	second.visit(s)
	second.live()
	second.sees("Hello Grace")
	second.seesPeople("Ada", "Grace")
	second.say("From my other tab")
	ada.sees("From my other tab")
	grace.sees("From my other tab")

	second.close() // one tab less is no person less
	grace.close()
	ada.seesPeople("Ada")
	if got := ada.bubbles(); !slices.Equal(got, []string{"Hello Grace", "Hello Ada, wie schön 🎉", "From my other tab"}) {
		t.Errorf("Ada sees %q", got)
	}
	for _, tab := range []*tab{ada, grace, second} {
		tab.clean()
	}
}

func TestNothingThatIsWrittenIsRun(t *testing.T) {
	s, b := start(t), startBrowser(t)
	const evil = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`
	mallory, ada := b.person(), b.person()
	ada.visit(s)
	ada.signUp("Ada")
	mallory.visit(s)
	mallory.do(chromedp.Click(css("#tab-up")))
	mallory.do(chromedp.SendKeys(css("#sign-up [name=name]"), evil),
		chromedp.SendKeys(css("#sign-up [name=email]"), "mallory@example.com"),
		chromedp.SendKeys(css("#sign-up [name=password]"), password),
		chromedp.Click(css("#sign-up [type=submit]")))
	mallory.live()
	mallory.say(evil)
	for _, tab := range []*tab{ada, mallory} {
		tab.sees(evil)
		if get[bool](tab, `"hacked" in window`) {
			t.Error("it was run")
		}
		if n := get[int](tab, `document.querySelectorAll("#messages img, #messages script, #people img").length`); n != 0 {
			t.Errorf("%d elements were made of it", n)
		}
		tab.clean()
	}
	ada.seesPeople(evil, "Ada")
}

func TestSigningInAndOut(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada := b.person()
	ada.visit(s)
	ada.signUp("Ada")
	second := ada.another()
	second.visit(s)
	second.live()

	ada.do(chromedp.Click(css("#sign-out")))
	const welcomed = `!document.querySelector("#welcome").hidden`
	ada.until(welcomed)
	second.until(welcomed) // the other tab notices
	ada.clean()
	second.clean()

	ada.signIn("Ada", "a wrong password")
	ada.until(`document.querySelector("#sign-in > [data-part=problem]").textContent === "Invalid email or password"`)
	ada.signIn("Ada", password)
	ada.live()
	ada.do(chromedp.Reload())
	ada.live()
	ada.clean("status of 500") // the browser's own words for the wrong password
}

// TestItCanBeUsedWithoutEyesOrAMouse: every field and button has a name, and all of
// them can be reached with the keyboard.
func TestItCanBeUsedWithoutEyesOrAMouse(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada := b.person()
	ada.visit(s)
	nameless := `[...document.querySelectorAll("input, textarea, button, progress")]
		.filter((e) => !e.labels?.length && !e.ariaLabel && !e.textContent.trim()).map((e) => e.outerHTML)`
	if found := get[[]string](ada, nameless); len(found) > 0 {
		t.Errorf("these have no name: %q", found)
	}
	focused := func(id string) {
		t.Helper()
		ada.until(`document.activeElement.id === "` + id + `" || document.activeElement.name === "` + id + `"`)
	}
	focused("email") // where one begins
	ada.do(chromedp.Focus(css("#tab-in")), chromedp.KeyEvent(kb.ArrowRight))
	focused("tab-up")
	ada.do(chromedp.KeyEvent(kb.Tab))
	focused("name")
	ada.do(chromedp.KeyEvent("Ada\tada@example.com\t" + password + kb.Enter))
	ada.live()
	focused("body")
	ada.do(chromedp.KeyEvent("typed" + kb.Enter))
	ada.sees("typed")
	ada.until(`document.querySelector("#messages").closest("[role=log]").getAttribute("aria-live") === "polite"`)
	ada.clean()
}

func TestTheCounter(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada := b.person()
	ada.visit(s)
	ada.signUp("Ada")
	ada.do(chromedp.SetValue(css("#counter [name=count]"), "5"), chromedp.Click(css("#counter button")))
	ada.until(`document.querySelector("#counter-output").textContent === "Counted to 5."`)
	ada.until(`document.querySelector("#counter-progress").value === 5`)
	ada.clean()
}

func TestAnUpload(t *testing.T) {
	s, b := start(t), startBrowser(t)
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, make([]byte, 1536), 0o600); err != nil {
		t.Fatal(err)
	}
	ada := b.person()
	ada.visit(s)
	ada.signUp("Ada")
	ada.do(chromedp.SetUploadFiles(css("#upload [type=file]"), []string{path}), chromedp.Click(css("#upload button")))
	ada.until(`document.querySelector("#upload-output").innerText.includes("1.5 KB")`)
	if text := get[string](ada, `document.querySelector("#upload-output").textContent`); text != "Namenotes.txtTypetext/plainSize1.5 KBNoteHello" {
		t.Errorf("got %q", text)
	}
	ada.clean()
}
