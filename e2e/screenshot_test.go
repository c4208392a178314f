package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestItLooksTheSameEverywhere takes pictures for people to look at, and checks
// that nothing is wider than its window.
func TestItLooksTheSameEverywhere(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada, grace := b.person(), b.person()
	ada.visit(s)
	picture(ada, "welcome")
	ada.signUp("Ada")
	grace.visit(s)
	grace.signUp("Grace")
	for _, line := range [][2]string{
		{"ada", "Has anybody looked at the new engine?"}, {"grace", "I have. There was a moth in it."},
		{"grace", "I taped it into the log, so that nobody has to look for it again."},
		{"ada", "Then we may call it the first bug that was found by reading https://example.com/a/very/long/address/which/has/nowhere/to/break/but/has/to/fit"},
		{"ada", "🎉"},
	} {
		if line[0] == "ada" {
			ada.say(line[1])
		} else {
			grace.say(line[1])
		}
		grace.sees(line[1])
		ada.sees(line[1])
	}
	ada.seesPeople("Ada", "Grace")
	picture(ada, "chat")
	ada.clean()
}

func picture(p *tab, name string) {
	p.t.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"wide", 1280, 860}, {"narrow", 390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			p.do(chromedp.EmulateViewport(size.width, size.height), prefer(scheme))
			if wide := get[int](p, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				p.t.Errorf("%s, %s: the page is %d pixels wider than its window", name, size.name, wide)
			}
			png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				p.t.Fatal(err)
			}
			if dir := os.Getenv("SCREENSHOTS"); dir != "" {
				file := filepath.Join(dir, name+"-"+size.name+"-"+scheme+".png")
				if err := os.WriteFile(file, png, 0o600); err != nil {
					p.t.Error(err)
				}
			}
		}
	}
	p.do(chromedp.EmulateViewport(1280, 860))
}

// prefer makes the browser ask for light or dark, and for no animations.
func prefer(scheme string) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			},
		})
		return err
	})
}
