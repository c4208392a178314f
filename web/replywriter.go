package web

import (
	"bufio"
	"net"
	"net/http"

	"github.com/keryx-go/keryx/connection"
)

// replyWriter adds the headers of a connection's reply to a response right before it
// begins.
type replyWriter struct {
	http.ResponseWriter
	caller   *connection.Connection
	begun    bool
	hijacked bool
}

// Unwrap returns the underlying writer, for [http.ResponseController].
func (w *replyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// begin adds the headers, once.
func (w *replyWriter) begin() {
	if !w.begun {
		w.begun = true
		w.caller.WriteReply(w.Header())
	}
}

func (w *replyWriter) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols { // others come before the response
		w.begin()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *replyWriter) Write(p []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(p)
}

// Flush sends the buffered bytes.
func (w *replyWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush for [http.ResponseController].
func (w *replyWriter) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack hands the connection over. The headers are set before: a proxy sends those of
// the writer after it has hijacked the connection.
func (w *replyWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.begin()
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.hijacked = err == nil
	return conn, buffered, err
}
