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

	"github.com/keryx-go/keryx/fault"
)

// refuse answers a request that is not upgraded.
func refuse(w http.ResponseWriter, status int, kind fault.Type, message string) {
	refuseWith(w, &fault.Error{Type: kind, Message: message, Status: status})
}

func refuseWith(w http.ResponseWriter, err *fault.Error) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Connection", "close")
	w.WriteHeader(err.HTTPStatus())
	_, _ = w.Write(err.Body(false)) // an error means that the client is gone
}

// reason returns an error of the library without its prefix.
func reason(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return err.Error()
}

// The buffers that each socket keeps, in bytes. They are small because most sockets are
// idle; messages are read into, and written from, buffers of their own. A control frame
// fits.
const (
	readBuffer  = 512
	writeBuffer = 144
)

// hijacker is the ResponseWriter that the library gets. It hijacks the connection with
// buffers of our size, and discards the responses of the library to wrong requests.
type hijacker struct {
	http.ResponseWriter
	timeout time.Duration // of the wire
	status  int           // what the library refused the request with
	wire    *wire         // nil until Hijack
	in      *bufio.Reader
}

func (h *hijacker) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		h.ResponseWriter.WriteHeader(status)
		return
	}
	h.status = status
}

func (h *hijacker) Write(p []byte) (int, error) { return len(p), nil }

// Hijack keeps the bytes that a client has sent right after the request.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	h.wire = &wire{Conn: conn, timeout: h.timeout, early: bytes.Clone(early)}
	h.in = bufio.NewReaderSize(h.wire, readBuffer)
	return h.wire, bufio.NewReadWriter(h.in, bufio.NewWriterSize(h.wire, writeBuffer)), nil
}

// acceptOptions are those of the library for a socket, whose origin has been checked.
func acceptOptions(k *socket) *websocket.AcceptOptions {
	return &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
		OnPingReceived: func(_ context.Context, payload []byte) bool {
			if k.reader.control() {
				k.sender.control(opPong, payload)
			}
			return false // the library does not answer as well
		},
		OnPongReceived: func(_ context.Context, payload []byte) {
			if k.reader.control() {
				k.pinger.answered(payload)
			}
		},
	}
}
