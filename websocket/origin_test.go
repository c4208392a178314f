package websocket

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
)

// TestOwnOriginHasTheScheme: over TLS, a page without TLS is another origin, which anyone on
// its network can be.
func TestOwnOriginHasTheScheme(t *testing.T) {
	for _, test := range []struct {
		name, url, origin string
		tls               bool
		proto             string
		want              bool
	}{
		{"plain", "", "http://a.example", false, "", true},
		{"plain, or a proxy that says nothing", "", "https://a.example", false, "", true},
		{"TLS", "", "https://a.example", true, "", true},
		{"TLS", "", "http://a.example", true, "", false},
		{"a proxy", "", "https://a.example", false, "https", true},
		{"a proxy", "", "http://a.example", false, "HTTPS", false},
		{"a proxy without TLS", "", "http://a.example", false, "http", true},
		{"APPLICATION_URL", "https://a.example", "http://a.example", false, "", false},
		{"APPLICATION_URL", "https://a.example", "https://a.example", false, "", true},
		{"APPLICATION_URL of another host", "https://b.example", "http://a.example", false, "", true},
		{"APPLICATION_URL without TLS", "http://a.example", "http://a.example", false, "", true},
	} {
		r := &http.Request{Host: "a.example", Header: http.Header{"Origin": {test.origin}}}
		if test.proto != "" {
			r.Header.Set("X-Forwarded-Proto", test.proto)
		}
		if test.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if got, _ := newOrigins(Options{ApplicationURL: test.url}).check(r); got != test.want {
			t.Errorf("%s, %s: allowed is %v", test.name, test.origin, got)
		}
	}
}

// TestOrigins: what each setting says of the origins that a client may send.
func TestOrigins(t *testing.T) {
	type setting struct{ http, socket, url string }
	byDefault := setting{http: "*", url: "http://localhost:8080"}
	named := setting{http: "https://app.example:8443", socket: "https://Partner.example,capacitor://localhost,https://long.example:443", url: "https://app.example/base"}
	all := setting{http: "https://app.example", socket: "*"}
	const refused, anonymous, trusted = "refused", "anonymous", "trusted"
	for _, test := range []struct {
		setting
		host, origin string
		want         string
	}{
		{byDefault, "a.example", "https://evil.example", refused},
		{byDefault, "a.example", "null", refused},
		{byDefault, "a.example", "", refused},
		{byDefault, "a.example", "*", refused},
		{byDefault, "a.example", "https://a.example", trusted},
		{byDefault, "a.example", "http://a.example", trusted}, // who ended TLS, if anybody did, is not known
		{byDefault, "a.example", "HTTPS://A.EXAMPLE", trusted},
		{byDefault, "A.Example", "https://a.example", trusted},
		{byDefault, "a.example", "http://localhost:8080", trusted}, // APPLICATION_URL
		{byDefault, "a.example", "https://localhost:8080", refused},
		{byDefault, "a.example", "http://localhost", refused},

		// The port is part of an origin.
		{byDefault, "a.example:8080", "http://a.example:8080", trusted},
		{byDefault, "a.example:8080", "http://a.example:8081", refused},
		{byDefault, "a.example:8080", "http://a.example", refused},
		{byDefault, "a.example", "http://a.example:8080", refused},
		{byDefault, "a.example:443", "https://a.example", trusted},
		{byDefault, "a.example:80", "https://a.example", trusted},
		{byDefault, "a.example", "https://a.example:443", trusted},
		{byDefault, "a.example", "http://a.example:443", refused},
		{byDefault, "a.example", "https://a.example:80", refused},
		{byDefault, "a.example:443", "http://a.example:443", trusted},
		{byDefault, "[::1]:8080", "http://[::1]:8080", trusted},
		{byDefault, "[::1]", "http://[::1]", trusted},
		{byDefault, "[::1]:8080", "http://[::1]", refused},

		// Pages that no HTTP server has sent are not the server's own.
		{byDefault, "a.example", "chrome-extension://a.example", refused},
		{byDefault, "a.example", "app://a.example", refused},
		{byDefault, "a.example", "file://a.example", refused},
		{byDefault, "a.example", "ws://a.example", refused},
		{byDefault, "a.example", "wss://a.example", refused},
		{byDefault, "a.example", "file://", refused},
		{byDefault, "localhost", "capacitor://localhost", refused},

		// What is not written as an origin is not one.
		{byDefault, "a.example", "a.example", refused},
		{byDefault, "a.example", "//a.example", refused},
		{byDefault, "a.example", "https:a.example", refused},
		{byDefault, "a.example", "https://a.example/", refused},
		{byDefault, "a.example", "https://a.example/path", refused},
		{byDefault, "a.example", "https://a.example?x", refused},
		{byDefault, "a.example", "https://a.example#x", refused},
		{byDefault, "a.example", "https://user@a.example", refused},
		{byDefault, "a.example", "https://evil.example@a.example", refused},
		{byDefault, "a.example", "https://a.example@evil.example", refused},
		{byDefault, "a.example", "https://a.example.evil.example", refused},
		{byDefault, "a.example", "https://evil-a.example", refused},
		{byDefault, "a.example", "https://a.example https://evil.example", refused},
		{byDefault, "a.example", "https://a.example, https://evil.example", refused},
		{byDefault, "a.example", "https://a.example\x00", refused},
		{byDefault, "", "https://", refused},
		{byDefault, "", "http://:80", refused},
		{byDefault, "", "null", refused},

		// Named in either setting, as browsers write it or not.
		{named, "a.example", "https://evil.example", refused},
		{named, "a.example", "https://app.example:8443", trusted},
		{named, "a.example", "https://app.example", trusted}, // APPLICATION_URL, whose path does not count
		{named, "a.example", "http://app.example", refused},
		{named, "a.example", "https://partner.example", trusted},
		{named, "a.example", "https://PARTNER.example", trusted},
		{named, "a.example", "http://partner.example", refused},
		{named, "a.example", "https://partner.example:8443", refused},
		{named, "a.example", "https://sub.partner.example", refused},
		{named, "a.example", "https://long.example", trusted},
		{named, "a.example", "capacitor://localhost", trusted},
		{named, "a.example", "http://localhost", refused},
		{named, "a.example", "null", refused},

		// All may connect, and those that are named are trusted.
		{all, "a.example", "https://evil.example", anonymous},
		{all, "a.example", "null", anonymous},
		{all, "a.example", "", anonymous},
		{all, "a.example", "*", anonymous},
		{all, "a.example", "chrome-extension://a.example", anonymous},
		{all, "a.example", "https://a.example", trusted},
		{all, "a.example", "https://app.example", trusted},

		// Fields that were set without the checks of package config.
		{setting{http: "null", socket: "null"}, "a.example", "null", refused},
		{setting{socket: ",*"}, "a.example", "", anonymous},
		{setting{http: ","}, "a.example", "", refused},
		{setting{url: "app://x"}, "a.example", "app://x", refused},
		{setting{url: "null"}, "a.example", "null", refused},
	} {
		o := Options{AllowedOrigins: list(test.http), Config: Settings{AllowedOrigins: list(test.socket)}, ApplicationURL: test.url}
		got := refused
		switch allowed, credentials := newOrigins(o).check(&http.Request{Host: test.host, Header: http.Header{"Origin": {test.origin}}}); {
		case credentials && !allowed:
			t.Errorf("%+v: refused, and trusted", test)
		case credentials:
			got = trusted
		case allowed:
			got = anonymous
		}
		if got != test.want {
			t.Errorf("%q at %q with %+v: %s, want %s", test.origin, test.host, test.setting, got, test.want)
		}
	}
}

// TestARefusedOriginIsExplained to the client and in the log.
func TestARefusedOriginIsExplained(t *testing.T) {
	var log bytes.Buffer
	s := New(Options{Actions: action.NewRegistry(action.Options{}), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Origin", "https://evil.example")
	s.ServeHTTP(w, r)
	const message = `"message":"WebSocket origin not allowed; WS_ALLOWED_ORIGINS lists the origins that are"`
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), message) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "to allow it, set WS_ALLOWED_ORIGINS") || !strings.Contains(log.String(), "https://evil.example") {
		t.Errorf("the log has %s", &log)
	}
}

// list splits a text as package config does not: empty elements stay.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// FuzzOrigin: an origin that is taken for the server's own is an http or https one
// at its host.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://a.example", "http://a.example:443", "null", "app://a.example", "https://a.example@evil.example", "HTTP://A.example:80"} {
		f.Add(seed)
	}
	check := newOrigins(Options{AllowedOrigins: []string{"*"}})
	f.Fuzz(func(t *testing.T, text string) {
		allowed, credentials := check.check(&http.Request{Host: "a.example", Header: http.Header{"Origin": {text}}})
		switch strings.ToLower(text) {
		case "http://a.example", "https://a.example", "http://a.example:80", "https://a.example:443", "http://a.example:", "https://a.example:":
			if !allowed || !credentials {
				t.Errorf("%q is refused", text)
			}
		default:
			if allowed || credentials {
				t.Errorf("%q is let in", text)
			}
		}
	})
}
