package websocket_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/keryxtest"
)

// raw is a client that says bytes, for what no library would say.
type raw struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func open(t *testing.T, app *keryxtest.App, headers ...string) (*raw, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	request := "GET /any HTTP/1.1\r\nHost: " + strings.TrimPrefix(app.URL, "http://") +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	if !strings.Contains(strings.Join(headers, ""), "Sec-WebSocket-Version") {
		headers = append(headers, "Sec-WebSocket-Version: 13")
	}
	if _, err := io.WriteString(conn, request+strings.Join(headers, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r := &raw{t, conn, bufio.NewReader(conn)}
	response, err := http.ReadResponse(r.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, response
}

// frame sends one frame, masked with zeros.
func (r *raw) frame(first byte, payload []byte) {
	r.t.Helper()
	head := []byte{first, 0x80 | 126, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(payload)))
	if _, err := r.Write(append(head, payload...)); err != nil {
		r.t.Fatal(err)
	}
}

// read returns the opcode and the payload of the next frame.
func (r *raw) read() (byte, []byte) {
	r.t.Helper()
	head := make([]byte, 2)
	if _, err := io.ReadFull(r.r, head); err != nil {
		r.t.Fatal(err)
	}
	size := int(head[1])
	if size == 126 {
		long := make([]byte, 2)
		if _, err := io.ReadFull(r.r, long); err != nil {
			r.t.Fatal(err)
		}
		size = int(binary.BigEndian.Uint16(long))
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(r.r, payload); err != nil {
		r.t.Fatal(err)
	}
	return head[0] & 0xf, payload
}

// closed wants the server to close with code.
func (r *raw) closed(code websocket.StatusCode) {
	r.t.Helper()
	for {
		opcode, payload := r.read()
		if opcode != 8 {
			continue
		}
		if got := websocket.StatusCode(binary.BigEndian.Uint16(payload)); got != code {
			r.t.Errorf("closed with %v %q, want %v", got, payload[2:], code)
		}
		return
	}
}

const (
	fin        = 0x80
	compressed = 0x40
	text       = 1
	binaryData = 2
	ping       = 9
)

func TestFrames(t *testing.T) {
	app := start(t, newHeld(), nil)
	hello := []byte(call("echo", echoInput{"hello"}))
	answered := func(r *raw) {
		r.t.Helper()
		if opcode, payload := r.read(); opcode != text || string(payload) != `{"messageId":1,"response":{"text":"hello"}}` {
			r.t.Errorf("got %d %s", opcode, payload)
		}
	}
	for name, attack := range map[string]func(r *raw){
		"in fragments": func(r *raw) {
			r.frame(text, hello[:1])
			for _, b := range hello[1:] {
				r.frame(0, []byte{b})
			}
			r.frame(fin|ping, []byte("between"))
			if opcode, payload := r.read(); opcode != 10 || string(payload) != "between" {
				r.t.Errorf("got %d %s", opcode, payload)
			}
			r.frame(fin, nil)
			answered(r)
		},
		"binary":             func(r *raw) { r.frame(fin|binaryData, hello); answered(r) },
		"compressed":         func(r *raw) { r.frame(fin|compressed|text, hello); r.closed(websocket.StatusProtocolError) },
		"invalid UTF-8":      func(r *raw) { r.frame(fin|text, []byte("\"\xff\"")); r.closed(websocket.StatusInvalidFramePayloadData) },
		"no such opcode":     func(r *raw) { r.frame(fin|5, hello); r.closed(websocket.StatusProtocolError) },
		"a piece of nothing": func(r *raw) { r.frame(fin, hello); r.closed(websocket.StatusProtocolError) },
		"larger than allowed": func(r *raw) {
			for range 2 {
				r.frame(0, nil) // never a whole message
			}
			r.closed(websocket.StatusProtocolError)
		},
		"too large in pieces": func(r *raw) {
			r.frame(text, make([]byte, 40_000))
			r.frame(0, make([]byte, 40_000))
			r.closed(websocket.StatusMessageTooBig)
		},
		"a flood of pings": func(r *raw) {
			for range 1000 {
				if _, err := r.Write([]byte{fin | ping, 0x80, 0, 0, 0, 0}); err != nil {
					break // it has been cut off already
				}
			}
			r.closed(websocket.StatusPolicyViolation)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, response := open(t, app)
			if response.StatusCode != http.StatusSwitchingProtocols {
				t.Fatal(response.Status)
			}
			r.t = t
			attack(r)
		})
	}
	dial(t, app).ask(string(hello), "hello") // the server is well
}

func TestUpgradesThatAreRefused(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WEB_SERVER_ALLOWED_ORIGINS": "https://app.example", "WS_ALLOWED_ORIGINS": "https://partner.example"})
	for name, test := range map[string]struct {
		headers []string
		status  int
	}{
		"foreign origin": {[]string{"Origin: https://evil.example"}, http.StatusForbidden},
		"two origins":    {[]string{"Origin: https://app.example", "Origin: https://evil.example"}, http.StatusForbidden},
		"own and other":  {[]string{"Origin: " + app.URL, "Origin: https://evil.example"}, http.StatusForbidden},
		"own twice":      {[]string{"Origin: " + app.URL, "Origin: " + app.URL}, http.StatusForbidden},
		"origin null":    {[]string{"Origin: null"}, http.StatusForbidden},
		"empty origin":   {[]string{"Origin:"}, http.StatusForbidden},
		"with a body":    {[]string{"Content-Length: 3"}, http.StatusBadRequest},
		"old version":    {[]string{"Sec-WebSocket-Version: 8"}, http.StatusBadRequest},
		"listed origin":  {[]string{"Origin: https://app.example"}, http.StatusSwitchingProtocols},
		"listed for us":  {[]string{"Origin: https://partner.example"}, http.StatusSwitchingProtocols},
		"own origin":     {[]string{"Origin: " + app.URL}, http.StatusSwitchingProtocols},
		"no origin":      {nil, http.StatusSwitchingProtocols},
	} {
		t.Run(name, func(t *testing.T) {
			_, response := open(t, app, test.headers...)
			if response.StatusCode != test.status {
				t.Errorf("got %s, want %d", response.Status, test.status)
			}
			if response.Header.Get("X-Frame-Options") == "" {
				t.Error("there are no security headers")
			}
		})
	}
}

// TestForeignPagesAreRefused by default, whatever HTTP allows them.
func TestForeignPagesAreRefused(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"by default": nil, "HTTP says all": {"WEB_SERVER_ALLOWED_ORIGINS": "*"}, "none": {"WEB_SERVER_ALLOWED_ORIGINS": "", "WS_ALLOWED_ORIGINS": ""},
	} {
		t.Run(name, func(t *testing.T) {
			app := start(t, newHeld(), env)
			for _, origin := range []string{"https://evil.example", "null", strings.Replace(app.URL, "http", "chrome-extension", 1)} {
				if _, response := open(t, app, "Origin: "+origin); response.StatusCode != http.StatusForbidden {
					t.Errorf("%s: %s", origin, response.Status)
				}
			}
			if _, response := open(t, app, "Origin: "+app.URL); response.StatusCode != http.StatusSwitchingProtocols {
				t.Errorf("the app's own page: %s", response.Status)
			}
		})
	}
}

func TestBombs(t *testing.T) {
	app := start(t, newHeld(), nil)
	c := dial(t, app)
	c.ask(strings.Repeat("[", 60_000), "cannot parse message")
	c.ask(`{"messageType":"action","action":"echo","params":{"text":`+strings.Repeat(`{"a":`, 9_000), "cannot parse message")
	c.ask(`{"messageType":"action","action":"echo","params":{"text":1e999999},"messageId":1}`, "CONNECTION_ACTION_PARAM")
	c.ask(`{"messageType":"action","action":"`+strings.Repeat("x", 60_000)+`","messageId":1}`, "Action not found")
	c.ask(`{"messageType":"subscribe","channel":"`+strings.Repeat("x", 60_000)+`","messageId":1}`, "Invalid channel name")
	c.ask(call("echo", echoInput{"hello"}), "hello")
	c.say(`"` + strings.Repeat("x", 70_000) + `"`)
	c.ends(websocket.StatusMessageTooBig)
}

func TestAThousandSubscriptions(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "0", "WS_MAX_SUBSCRIPTIONS": "10"})
	c := dial(t, app)
	subscribed, refused := 0, 0
	for i := range 1000 {
		c.say(fmt.Sprintf(`{"messageType":"subscribe","channel":"room:%d","messageId":"s"}`, i))
		for {
			heard := c.hear()
			if strings.Contains(heard, `"message":{"channel"`) {
				continue
			}
			if strings.Contains(heard, "Too many subscriptions (max 10)") {
				refused++
			} else {
				subscribed++
			}
			break
		}
	}
	if subscribed != 10 || refused != 990 {
		t.Errorf("%d subscribed, %d refused", subscribed, refused)
	}
	c.ask(`{"messageType":"unsubscribe","channel":"room:1","messageId":1}`, "unsubscribed")
	c.ask(`{"messageType":"subscribe","channel":"room:99","messageId":1}`, `room:99`)
}

// TestAFlood: messages are answered up to ten times the limit; then the socket is closed.
func TestAFlood(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "20"})
	c := dial(t, app)
	for range 200 {
		c.say(call("echo", echoInput{"hello"}))
	}
	answered, limited := 0, 0
	for range 200 {
		if heard := c.hear(); strings.Contains(heard, "WebSocket rate limit exceeded") {
			limited++
		} else {
			answered++
		}
	}
	if answered < 20 || limited < 100 { // it may have taken more than a second
		t.Errorf("%d answered, %d limited", answered, limited)
	}

	flood := dial(t, start(t, newHeld(), map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "1"}))
	go func() {
		for flood.Write(context.Background(), websocket.MessageText, []byte(call("echo", echoInput{"hello"}))) == nil {
		}
	}()
	heard := 0
	for ; ; heard++ {
		if _, _, err := flood.Read(t.Context()); err != nil {
			if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("a flood ended with %v", err)
			}
			break
		}
	}
	if heard > 100 {
		t.Errorf("a flood got %d answers", heard)
	}
}

// TestSizes: a reply of any size arrives as it is, alone and among others.
func TestSizes(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "0", "WS_MAX_PAYLOAD_SIZE": "200000"})
	c := dial(t, app)
	for _, size := range []int{0, 1, 100, 125, 126, 127, 143, 144, 145, 511, 512, 513, 8 << 10, 16<<10 - 150, 16 << 10, 20_000, 32 << 10, 40_000, 64 << 10, 65_535, 99_000} {
		said := call("echo", echoInput{strings.Repeat("x", size)})
		want := `{"messageId":1,"response":{"text":"` + strings.Repeat("x", size) + `"}}`
		c.say(said)
		if heard := c.hear(); heard != want {
			t.Fatalf("of %d bytes: heard %d: %.80s", size, len(heard), heard)
		}
		for range 10 {
			c.say(said)
		}
		for range 10 {
			if heard := c.hear(); heard != want {
				t.Fatalf("of %d bytes, among others: heard %d: %.80s", size, len(heard), heard)
			}
		}
	}
}
