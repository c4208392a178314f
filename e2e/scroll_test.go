package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

const atEnd = `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(document.querySelector("#scroll"))`

// TestTheListStaysAtItsEnd while the window and the form below change their size, unless
// the reader has scrolled up.
func TestTheListStaysAtItsEnd(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada, grace := b.person(), b.person()
	ada.visit(s)
	ada.signUp("Ada")
	grace.visit(s)
	grace.signUp("Grace")
	for i := range 12 {
		grace.say(fmt.Sprintf("Message %d, which is long enough that it takes more lines in a window that is narrow than in one that is wide", i))
	}
	ada.until(`document.querySelectorAll(".bubble").length === 12`)
	sizes := [][2]int64{{1280, 860}, {1280, 500}, {390, 844}, {390, 480}, {900, 700}, {1280, 860}}
	for _, size := range sizes {
		ada.do(chromedp.EmulateViewport(size[0], size[1]))
		ada.until(fmt.Sprintf("innerHeight === %d", size[1]))
		ada.until(atEnd)
	}
	lines := chromedp.Evaluate[chromedp.Void](`{
		const field = document.querySelector("#body");
		field.value = "a\nb\nc\nd\ne";
		field.dispatchEvent(new Event("input"));
	}`)
	ada.do(lines)
	ada.until(`document.querySelector("#body").clientHeight > 100`)
	ada.until(atEnd)
	ada.do(lines) // and as one goes on to write
	grace.say("in the meantime")
	ada.sees("in the meantime")
	ada.until(atEnd)

	// A reader of what was said before stays there.
	top := func() int { return get[int](ada, `document.querySelector("#scroll").scrollTop`) }
	ada.do(chromedp.Evaluate[chromedp.Void](`requestAnimationFrame(() => requestAnimationFrame(() => {
		document.querySelector("#scroll").scrollTop = 20; // when the new size has been seen
	}))`))
	ada.until(`document.querySelector("#scroll").scrollTop === 20`)
	grace.say("something new")
	ada.sees("something new")
	ada.until(`!document.querySelector("#newest").hidden`)
	for _, height := range []int64{700, 500, 860} {
		ada.do(chromedp.EmulateViewport(1280, height))
		ada.until(fmt.Sprintf("innerHeight === %d && document.querySelector('#scroll').clientHeight < %d", height, height))
		if at := top(); at != 20 {
			t.Errorf("a window of %d pixels moved the reader to %d", height, at)
		}
	}
	ada.do(chromedp.Click(css("#newest")))
	ada.until(atEnd)
	ada.do(chromedp.EmulateViewport(1280, 500))
	ada.until("innerHeight === 500 && " + atEnd)
	ada.clean()
}
