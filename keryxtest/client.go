package keryxtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/session"
)

// Client calls an app over HTTP, and keeps its cookies like a browser. It does not
// follow redirects. Paths begin with "/" and are whole: "/api/user/1".
type Client struct {
	app    *App
	tb     testing.TB
	jar    http.CookieJar
	header http.Header
}

// transport leaves no connections behind.
var transport = &http.Transport{DisableKeepAlives: true}

// WithHeader returns a client that adds a header to all its requests and sockets. It
// shares its cookies with c.
func (c *Client) WithHeader(name, value string) *Client {
	copied := *c
	copied.header = c.header.Clone()
	copied.header.Set(name, value)
	return &copied
}

// Bearer returns a client that sends a token in the header Authorization.
func (c *Client) Bearer(token string) *Client { return c.WithHeader("Authorization", "Bearer "+token) }

// At returns the same caller at another node: it shares its cookies with c. The node may
// be a program that the test has started itself: an App with nothing but the URL.
func (c *Client) At(node *App) *Client {
	copied := *c
	copied.app = node
	return &copied
}

// In returns the same client for another test, such as a subtest: what fails, fails
// that test.
func (c *Client) In(tb testing.TB) *Client {
	copied := *c
	copied.tb = tb
	return &copied
}

// Get requests a path, such as "/api/users?limit=10".
func (c *Client) Get(path string) Response {
	c.tb.Helper()
	return c.Send(http.MethodGet, path, nil)
}

// Post sends a body to a path: see [Client.Send].
func (c *Client) Post(path string, body any) Response {
	c.tb.Helper()
	return c.Send(http.MethodPost, path, body)
}

// Put sends a body to a path: see [Client.Send].
func (c *Client) Put(path string, body any) Response {
	c.tb.Helper()
	return c.Send(http.MethodPut, path, body)
}

// Patch sends a body to a path: see [Client.Send].
func (c *Client) Patch(path string, body any) Response {
	c.tb.Helper()
	return c.Send(http.MethodPatch, path, body)
}

// Delete requests that what is at a path be deleted.
func (c *Client) Delete(path string) Response {
	c.tb.Helper()
	return c.Send(http.MethodDelete, path, nil)
}

// Send requests a path with a body: nil for none, [url.Values] for a form, a
// [Multipart], a [Raw], and any other value as JSON.
func (c *Client) Send(method, path string, body any) Response {
	c.tb.Helper()
	return c.send(method, path, http.Header{}, body)
}

func (c *Client) send(method, path string, header http.Header, body any) Response {
	c.tb.Helper()
	contentType, content, err := encode(body)
	if err != nil {
		c.tb.Fatalf("%s %s: the body cannot be encoded: %v", method, path, err)
	}
	r, err := http.NewRequestWithContext(c.tb.Context(), method, c.app.URL+path, bytes.NewReader(content))
	if err != nil {
		c.tb.Fatal(err)
	}
	r.Header = header
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return c.Do(r)
}

// Do sends a request with the client's cookies, and its headers unless the request has
// them.
func (c *Client) Do(r *http.Request) Response {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	r = r.Clone(ctx)
	c.prepare(r.URL, r.Header)
	name := r.Method + " " + r.URL.RequestURI()
	response, err := transport.RoundTrip(r)
	if err != nil {
		c.tb.Fatalf("%s: %v", name, err)
	}
	defer func() { _ = response.Body.Close() }()
	c.jar.SetCookies(secure(r.URL), response.Cookies())
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.tb.Fatalf("%s: the response breaks off: %v\n%s", name, err, body)
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: string(body), tb: c.tb, request: name}
}

// prepare adds what all requests of the client have.
func (c *Client) prepare(u *url.URL, header http.Header) {
	for name, values := range c.header {
		if header[name] == nil {
			header[name] = slices.Clone(values)
		}
	}
	cookies := header.Values("Cookie")
	for _, cookie := range c.jar.Cookies(secure(u)) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	if len(cookies) > 0 {
		header.Set("Cookie", strings.Join(cookies, "; "))
	}
}

// secure returns the URL for the jar, which sends and takes cookies that are Secure:
// browsers do so over HTTP too when the server is on the same machine.
func secure(u *url.URL) *url.URL { return &url.URL{Scheme: "https", Host: u.Host, Path: u.Path} }

// Cookie returns the value of the cookie that the client would send to "/", or "".
func (c *Client) Cookie(name string) string {
	for _, cookie := range c.jar.Cookies(c.root()) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie gives the client a cookie for all paths. An empty value removes it.
func (c *Client) SetCookie(name, value string) {
	cookie := &http.Cookie{Name: name, Value: value, Path: "/"}
	if value == "" {
		cookie.MaxAge = -1
	}
	c.jar.SetCookies(c.root(), []*http.Cookie{cookie})
}

func (c *Client) root() *url.URL {
	u, err := url.Parse(c.app.URL)
	if err != nil {
		c.tb.Fatal(err)
	}
	u.Path = "/"
	return secure(u)
}

// SignIn gives the client a new session with the data, without an action that logs in.
// Data is a struct, or a map with string keys; package auth takes its "userId" for who
// is calling.
func (c *Client) SignIn(data any) {
	c.tb.Helper()
	caller := &connection.Connection{Transport: connection.Web, Header: http.Header{}}
	ctx := c.app.Auth.Attach(connection.With(c.tb.Context(), caller))
	if err := session.Renew(ctx, func(stored *any) error { *stored = data; return nil }); err != nil {
		c.tb.Fatalf("no session: %v", err)
	}
	reply := http.Header{}
	caller.WriteReply(reply)
	c.jar.SetCookies(c.root(), (&http.Response{Header: reply}).Cookies())
}

// Dial opens a WebSocket with the client's cookies and headers. It is closed when the
// test ends.
func (c *Client) Dial() *Socket {
	c.tb.Helper()
	header := http.Header{}
	c.prepare(c.root(), header)
	ctx, cancel := context.WithTimeout(c.tb.Context(), limit)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.app.URL, "http")+"/", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, HTTPHeader: header,
	})
	if err != nil {
		c.tb.Fatalf("no WebSocket: %v", err)
	}
	c.jar.SetCookies(c.root(), response.Cookies())
	return newSocket(c.tb, conn)
}

// call sends the parameters of an action where its route has them.
func (c *Client) call(e *action.Entry, params action.Params) result {
	c.tb.Helper()
	request, err := place(e, params)
	if err != nil {
		c.tb.Fatalf("%s: %v", e.Name, err)
	}
	route := strings.TrimSuffix(c.app.Config.Server.Web.APIRoute, "/")
	return c.send(e.Web.Method, route+request.target, request.header, request.body)
}

func (c *Client) test() testing.TB { return c.tb }
