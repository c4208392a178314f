package websocket

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// ServeHTTP upgrades a request, or refuses it with an error of the wire. The
// socket lives on when it has returned.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.admit() {
		s.refuse(w, http.StatusServiceUnavailable, fault.ServerStop, "Server is shutting down")
		return
	}
	defer s.live.done()
	allowed, credentials := s.origins.check(r)
	switch {
	case !allowed:
		s.refuseOrigin(w, r)
		return
	case r.ContentLength != 0: // its bytes would be read as messages
		s.refuse(w, http.StatusBadRequest, fault.ConnectionActionRun, "A request for a WebSocket has no body")
		return
	}
	k := s.newSocket(r, credentials)
	if s.options.Auth != nil {
		if err := s.options.Auth.Check(s.options.Attach(k.ctx)); err != nil {
			k.cancel(err)
			k.caller.WriteReply(w.Header())
			s.refuseWith(w, fault.From(err, true))
			return
		}
	}
	h := &handover{ResponseWriter: w, timeout: s.options.Config.PingTimeout}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the origin has been checked
		CompressionMode:    websocket.CompressionDisabled,
		OnPingReceived:     func(context.Context, []byte) bool { return k.control() },
		OnPongReceived:     func(context.Context, []byte) { k.control() },
	})
	if err != nil {
		if h.wire == nil {
			s.refuse(w, h.status, fault.ConnectionActionRun, reason(err))
		}
		return
	}
	ws.SetReadLimit(s.options.Config.MaxPayloadSize)
	k.begin(ws, h)
}

// reason returns an error of the library without its prefix.
func reason(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return err.Error()
}

func (s *Server) refuse(w http.ResponseWriter, status int, kind fault.Type, message string) {
	s.refuseWith(w, &fault.Error{Type: kind, Message: message, Status: status})
}

func (s *Server) refuseWith(w http.ResponseWriter, err *fault.Error) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Connection", "close")
	w.WriteHeader(err.HTTPStatus())
	_, _ = w.Write(err.Body(false)) // an error means that the client is gone
}

// newSocket returns a socket that is not open yet. Without credentials, the headers
// Cookie and Authorization do not reach actions.
func (s *Server) newSocket(r *http.Request, credentials bool) *socket {
	c := s.options.Web.Connection(r)
	c.Transport = connection.WebSocket
	if !credentials && (c.Header.Get("Cookie") != "" || c.Header.Get("Authorization") != "") {
		c.Header = c.Header.Clone()
		c.Header.Del("Cookie")
		c.Header.Del("Authorization")
		s.options.Logger.Info("a WebSocket of another origin got no credentials; to trust it, name it in WS_ALLOWED_ORIGINS in place of *",
			"origin", r.Header.Get("Origin"), "from", c.RemoteAddr)
	}
	k := &socket{server: s, caller: c, since: time.Now(), jobs: make(chan *message)}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	k.ctx, k.cancel = connection.With(ctx, c), cancel
	return k
}

// noFront is the default of Options.Web.
type noFront struct{}

// Drain does nothing.
func (noFront) Drain() {}

// Connection describes the caller by the address of the peer.
func (noFront) Connection(r *http.Request) *connection.Connection {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return &connection.Connection{RemoteAddr: host, Method: r.Method, URL: r.RequestURI, Header: r.Header}
}

// The buffers that each socket keeps, in bytes. They are small because most sockets are
// idle; messages are read into, and written from, buffers of their own. A control frame
// fits.
const (
	readBuffer  = 512
	writeBuffer = 144
)

// handover is the ResponseWriter that the library gets. It hijacks the connection with
// buffers of our size, and discards the responses of the library to wrong requests.
type handover struct {
	http.ResponseWriter
	timeout time.Duration // of the wire
	status  int           // what the library refused the request with
	wire    *wire         // nil until Hijack
	in      *bufio.Reader
}

func (h *handover) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		h.ResponseWriter.WriteHeader(status)
		return
	}
	h.status = status
}

func (h *handover) Write(p []byte) (int, error) { return len(p), nil }

// Hijack keeps the bytes that a client has sent right after the request.
func (h *handover) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	h.wire = &wire{Conn: conn, timeout: h.timeout, early: bytes.Clone(early)}
	h.in = bufio.NewReaderSize(h.wire, readBuffer)
	return h.wire, bufio.NewReadWriter(h.in, bufio.NewWriterSize(h.wire, writeBuffer)), nil
}
