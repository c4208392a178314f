package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/web"
)

// callers adds an action that says where its caller is.
func callers(r *action.Registry, _ *web.Server) {
	action.Handle(r, action.Action{Name: "caller", Web: action.GET("/caller")},
		func(ctx context.Context, _ struct{}) (string, error) { return connection.From(ctx).RemoteAddr, nil })
}

// TestForgedForwardedFor: a client that sends its own X-Forwarded-For keeps its
// address. Behind a proxy it has the address that the proxy reports.
func TestForgedForwardedFor(t *testing.T) {
	forged := []string{"X-Forwarded-For", "203.0.113.9", "X-Real-Ip", "203.0.113.8", "Forwarded", "for=203.0.113.7"}
	for trusted, want := range map[string]string{
		"":            `"127.0.0.1"`,
		"10.0.0.0/8":  `"127.0.0.1"`, // the peer is no proxy
		"127.0.0.0/8": `"203.0.113.9"`,
	} {
		url := serve(t, options{env: []string{"WEB_SERVER_TRUSTED_PROXIES=" + trusted}}, callers)
		ask(t, "GET", url+"/api/caller", "", "").expect(t, 200, `"127.0.0.1"`)
		if got := ask(t, "GET", url+"/api/caller", "", "", forged...); got.body != want {
			t.Errorf("proxies %q: the caller is %s, want %s", trusted, got.body, want)
		}
	}
}

// TestCallerBehindProxies: the caller is the rightmost address that is not a
// proxy's.
func TestCallerBehindProxies(t *testing.T) {
	const (
		private = "10.0.0.0/8, 192.168.1.1, 2001:db8:1::/48"
		mapped  = "::ffff:10.0.0.0/104, ::ffff:192.168.1.1"
	)
	for _, test := range []struct {
		name, trusted, peer string
		lines               []string
		want                string
	}{
		{"no header", private, "10.0.0.1:5", nil, "10.0.0.1"},
		{"empty header", private, "10.0.0.1:5", []string{""}, "10.0.0.1"},
		{"one hop", private, "10.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"peer is no proxy", private, "198.51.100.1:5", []string{"198.51.100.7"}, "198.51.100.1"},
		{"peer just outside", private, "11.0.0.0:5", []string{"198.51.100.7"}, "11.0.0.0"},
		{"forged on the left", private, "10.0.0.1:5", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"a proxy forged on the left", private, "10.0.0.1:5", []string{"10.0.0.9, 198.51.100.7"}, "198.51.100.7"},
		{"several hops", private, "10.0.0.1:5", []string{"203.0.113.9, 198.51.100.7, 192.168.1.1,10.9.9.9"}, "198.51.100.7"},
		{"several headers", private, "10.0.0.1:5", []string{"203.0.113.9", "198.51.100.7, 10.0.0.3", "10.0.0.2"}, "198.51.100.7"},
		{"proxies only", private, "10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"single address is no network", private, "192.168.1.2:5", []string{"198.51.100.7"}, "192.168.1.2"},
		{"garbage", private, "10.0.0.1:5", []string{"<script>"}, "10.0.0.1"},
		{"garbage on the left", private, "10.0.0.1:5", []string{"unknown, 198.51.100.7"}, "198.51.100.7"},
		{"garbage between", private, "10.0.0.1:5", []string{"198.51.100.7, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"garbage on the right", private, "10.0.0.1:5", []string{"198.51.100.7, 1.2.3.4.5"}, "10.0.0.1"},
		{"empty elements", private, "10.0.0.1:5", []string{"198.51.100.7,,"}, "10.0.0.1"},
		{"leading zeros", private, "10.0.0.1:5", []string{"198.051.100.007"}, "10.0.0.1"},
		{"with a port", private, "10.0.0.1:5", []string{"198.51.100.7:4711"}, "198.51.100.7"},
		{"white space", private, "10.0.0.1:5", []string{" \t198.51.100.7\t "}, "198.51.100.7"},

		{"IPv6", private, "[2001:db8:1::1]:5", []string{"2001:db8:2::7"}, "2001:db8:2::7"},
		{"IPv6 is written one way", private, "[2001:db8:1::1]:5", []string{"2001:DB8:2:0::0:7"}, "2001:db8:2::7"},
		{"IPv6 with a port", private, "10.0.0.1:5", []string{"[2001:db8:2::7]:4711"}, "2001:db8:2::7"},
		{"IPv6 in brackets", private, "10.0.0.1:5", []string{"[2001:db8:2::7]"}, "2001:db8:2::7"},
		{"IPv6 proxy in brackets", private, "10.0.0.1:5", []string{"198.51.100.7, [2001:db8:1::2]"}, "198.51.100.7"},
		{"IPv4 in brackets", private, "10.0.0.1:5", []string{"[198.51.100.7]"}, "10.0.0.1"},
		{"half a bracket", private, "10.0.0.1:5", []string{"[2001:db8:2::7"}, "10.0.0.1"},
		{"two brackets", private, "10.0.0.1:5", []string{"[[2001:db8:2::7]]"}, "10.0.0.1"},
		{"nothing in brackets", private, "10.0.0.1:5", []string{"[]"}, "10.0.0.1"},
		{"IPv6 with a zone", private, "10.0.0.1:5", []string{"fe80::7%eth0"}, "fe80::7"},
		{"IPv4 as IPv6", private, "[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"a proxy's IPv4 as IPv6", private, "10.0.0.1:5", []string{"198.51.100.7, ::ffff:10.0.0.2"}, "198.51.100.7"},

		{"networks of IPv4 as IPv6", mapped, "10.0.0.1:5", []string{"198.51.100.7, 192.168.1.1"}, "198.51.100.7"},
		{"and peers, too", mapped, "[::ffff:10.0.0.1]:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"not more than these", mapped, "11.0.0.1:5", []string{"198.51.100.7"}, "11.0.0.1"},
		{"all of IPv4 as IPv6", "::ffff:0:0/96", "11.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"all of IPv6 is not IPv4", "::/0", "11.0.0.1:5", []string{"198.51.100.7"}, "11.0.0.1"},
		{"address within its network", "10.1.2.3/8", "10.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},

		{"long lists", private, "10.0.0.1:5", []string{"198.51.100.7" + strings.Repeat(", 10.0.0.2", 5000)}, "198.51.100.7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			registry := action.NewRegistry(action.Options{})
			s := web.New(web.Options{Config: settings(t, "WEB_SERVER_TRUSTED_PROXIES="+test.trusted), Actions: registry, Name: "tester"})
			callers(registry, s)
			r := httptest.NewRequest(http.MethodGet, "/api/caller", nil)
			r.RemoteAddr = test.peer
			r.Header["X-Forwarded-For"] = test.lines
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if got := w.Body.String(); got != `"`+test.want+`"` {
				t.Errorf("the caller is %s, want %q", got, test.want)
			}
		})
	}
}
