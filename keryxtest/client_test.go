package keryxtest_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

// startBoard runs the board on embedded services.
func startBoard(t *testing.T, env map[string]string) (*board, *keryxtest.App) {
	t.Helper()
	var b *board
	create := func(o keryx.Options) *keryx.API { b = newBoard(o); return b.API }
	app := keryxtest.Start(t, create, keryxtest.Options{Embedded: true, NoDatabase: true, Env: env})
	return b, app
}

func TestAClientKeepsItsCookies(t *testing.T) {
	for name, env := range map[string]map[string]string{"plain": nil, "secure": {"SESSION_COOKIE_SECURE": "true"}} {
		t.Run(name, func(t *testing.T) {
			_, app := startBoard(t, env)
			ada, other := app.Client(), app.Client()
			ada.Put("/api/session", account{7}).Expect(http.StatusOK)
			if got := keryxtest.Decode[string](ada.Get("/api/who")); got != "7" {
				t.Errorf("it is %s", got)
			}
			if got := keryxtest.Decode[string](other.Get("/api/who")); got != "nobody" || other.Cookie("__session") != "" {
				t.Errorf("the other is %s", got)
			}
			stolen := ada.Cookie("__session")
			other.SetCookie("__session", stolen)
			if got := keryxtest.Decode[string](other.Get("/api/who")); got != "7" || stolen == "" {
				t.Errorf("with the cookie %q it is %s", stolen, got)
			}
			other.SetCookie("__session", "")
			if got := keryxtest.Decode[string](other.Get("/api/who")); got != "nobody" {
				t.Errorf("without the cookie it is %s", got)
			}
			ada.Delete("/api/session").Expect(http.StatusOK)
			if got := ada.Cookie("__session"); got != "" {
				t.Errorf("after the end there is the cookie %q", got)
			}
		})
	}
}

func TestSignIn(t *testing.T) {
	_, app := startBoard(t, nil)
	for name, data := range map[string]any{"a struct": account{7}, "a map": map[string]int{"userId": 7}} {
		c := app.Client()
		c.SignIn(account{8})
		first := c.Cookie("__session")
		c.SignIn(data)
		if got := keryxtest.Decode[string](c.Get("/api/who")); got != "7" || c.Cookie("__session") == first {
			t.Errorf("%s: it is %s", name, got)
		}
	}
}

func TestHeaders(t *testing.T) {
	_, app := startBoard(t, nil)
	c := app.Client()
	machine := c.Bearer("key")
	if got := keryxtest.Decode[string](machine.Get("/api/who")); got != "machine" {
		t.Errorf("with a token it is %s", got)
	}
	if got := keryxtest.Decode[string](c.Get("/api/who")); got != "nobody" {
		t.Errorf("the client without the token is %s", got)
	}
	e := c.WithHeader("Authorization", "Bearer wrong").Get("/api/who").Error(keryx.ConnectionSessionNotFound)
	if e.Status != http.StatusUnauthorized || e.Message != "this token is not known" {
		t.Errorf("%+v", e)
	}
	machine.SignIn(account{7}) // shared: cookies
	if got := keryxtest.Decode[string](c.Get("/api/who")); got != "7" {
		t.Errorf("cookies are not shared: it is %s", got)
	}
}

// TestBodies sends an upload in every form of a body.
func TestBodies(t *testing.T) {
	_, app := startBoard(t, nil)
	c := app.Client()
	file := keryxtest.File("a.txt", "text/plain", "hello")
	got := keryxtest.Decode[uploadOutput](c.Post("/api/upload", keryxtest.Multipart{
		"name": "Ada", "sizes": []string{"1", "2"}, "file": file, "more": []keryx.File{file, file},
	}))
	if got.Name != "Ada" || len(got.Sizes) != 2 || got.Content != "hello" || got.Type != "text/plain" || got.More != 2 {
		t.Errorf("%+v", got)
	}
	for _, body := range []any{
		map[string]any{"room": "room:1", "text": "ö"}, postInput{"room:1", "ö"}, url.Values{"room": {"room:1"}, "text": {"ö"}},
		keryxtest.Multipart{"room": "room:1", "text": "ö"}, keryxtest.Raw{ContentType: "application/json", Body: `{"room":"room:1","text":"ö"}`},
	} {
		if r := c.Put("/api/post", body).Expect(http.StatusOK); keryxtest.Decode[string](r) != "posted" {
			t.Errorf("%T: %s", body, r)
		}
	}
	c.Post("/api/echo/Ada", keryxtest.Raw{ContentType: "application/json", Body: "{"}).Expect(http.StatusBadRequest)
	c.Patch("/api/echo/Ada", nil).Expect(http.StatusMethodNotAllowed)
	for _, body := range []any{make(chan int), keryxtest.Multipart{"n": 5}} {
		wantFailure(t, func(tb testing.TB) { c.In(tb).Post("/api/upload", body) }, "POST /api/upload: the body cannot be encoded")
	}
}

func TestErrors(t *testing.T) {
	_, app := startBoard(t, nil)
	c := app.Client()
	e := c.Get("/api/quota").Error("QUOTA")
	if d, ok := e.Details.(map[string]any); !ok || d["used"] != 7.0 || e.Status != 402 || e.Message != "The quota is used up" {
		t.Errorf("%+v", e)
	}
	e = c.Put("/api/post", map[string]int{"room": 5}).Error(keryx.ConnectionActionParamRequired)
	if len(e.Errors) != 2 || e.Errors[1].Key != "text" || e.Key != "room" || e.Value != 5.0 {
		t.Errorf("%+v", e)
	}
}

// TestFailuresAreReadable has the request and the whole response in each.
func TestFailuresAreReadable(t *testing.T) {
	_, app := startBoard(t, nil)
	for name, test := range map[string]func(*keryxtest.App, *keryxtest.Client){
		"another status":   func(_ *keryxtest.App, c *keryxtest.Client) { c.Get("/api/quota").Expect(http.StatusOK) },
		"another error":    func(_ *keryxtest.App, c *keryxtest.Client) { c.Get("/api/quota").Error(keryx.ConnectionNotFound) },
		"no result":        func(_ *keryxtest.App, c *keryxtest.Client) { keryxtest.Decode[string](c.Get("/api/quota")) },
		"another response": func(app *keryxtest.App, c *keryxtest.Client) { app.Decode(c.Get("/api/quota"), new(string)) },
	} {
		t.Run(name, func(t *testing.T) {
			wantFailure(t, func(tb testing.TB) { test(app.In(tb), app.In(tb).Client()) }, "GET /api/quota: 402 Payment Required", `"message":"The quota is used up"`)
		})
	}
	wantFailure(t, func(tb testing.TB) { app.In(tb).Get("/api/who").Error("QUOTA") }, `GET /api/who: 200 OK`, `"nobody"`)
	wantFailure(t, func(tb testing.TB) { keryxtest.Decode[int](app.In(tb).Get("/api/who")) }, "GET /api/who", "not a *int")
}
