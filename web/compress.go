package web

import (
	"compress/gzip"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compressed gzips large responses for clients that accept it. The answer to a request
// for an upgrade is none: a proxy or another library takes the connection over.
func compressed(next http.Handler, c CompressionSettings) http.Handler {
	if !c.Enabled {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || r.Header["Upgrade"] != nil || !acceptsGzip(r.Header["Accept-Encoding"]) {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w, threshold: c.Threshold}
		defer z.abort() // does nothing more after close
		next.ServeHTTP(z, r)
		z.close()
	})
}

// acceptsGzip reports whether an Accept-Encoding allows gzip.
func acceptsGzip(lines []string) bool { return accepts(lines, "gzip", "x-gzip", "*") }

// accepts reports whether a header such as Accept or Accept-Encoding gives a weight
// above zero to the first of names that it has: the name itself comes before wildcards.
func accepts(lines []string, names ...string) bool {
	for _, name := range names {
		for _, line := range lines {
			for element := range strings.SplitSeq(line, ",") {
				if got, params, _ := strings.Cut(element, ";"); strings.EqualFold(strings.TrimSpace(got), name) {
					return weight(params) > 0
				}
			}
		}
	}
	return false
}

// weight returns the parameter q of an element, 1 when there is none, and 0 when it is
// not a number.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0
		}
		return q
	}
	return 1
}

// compressible reports whether bodies of a content type shrink. Event streams would,
// but a compressor delays events.
func compressible(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil || mediaType == "text/event-stream":
		return false
	case strings.HasPrefix(mediaType, "text/"):
		return true
	case strings.HasSuffix(mediaType, "+json"), strings.HasSuffix(mediaType, "+xml"):
		return true
	}
	switch mediaType {
	case "application/json", "application/javascript", "application/xml", "application/wasm":
		return true
	}
	return false
}

// gzipWriter buffers the beginning of a body until the body is long enough to be
// compressed, or complete.
type gzipWriter struct {
	http.ResponseWriter
	threshold int

	mu      sync.Mutex // a handler may leave a goroutine behind that still writes
	closed  bool       // the handler has returned
	status  int        // 0 until WriteHeader
	held    []byte
	decided bool
	zip     *gzip.Writer // nil when the body goes out as it is
}

// zippers holds unused compressors. close removes the compressor from its response
// before it puts it here.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// Unwrap returns the underlying writer, for [http.ResponseController].
func (z *gzipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *gzipWriter) WriteHeader(status int) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.writeHeader(status)
}

func (z *gzipWriter) writeHeader(status int) {
	if z.closed || z.status != 0 {
		return
	}
	if status < http.StatusOK { // informational: the real one is still to come
		z.ResponseWriter.WriteHeader(status)
		return
	}
	z.status = status
	if !z.eligible() {
		_ = z.decide(false) // nothing is held yet
	}
}

// eligible reports whether the header allows the body to be compressed.
func (z *gzipWriter) eligible() bool {
	h := z.Header()
	if h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" || strings.Contains(h.Get("Cache-Control"), "no-transform") {
		return false
	}
	if z.status == http.StatusNoContent || z.status == http.StatusNotModified {
		return false
	}
	contentType := h.Get("Content-Type")
	return contentType == "" || compressible(contentType)
}

func (z *gzipWriter) Write(p []byte) (int, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.closed {
		return 0, ErrHandlerReturned
	}
	return z.write(p)
}

func (z *gzipWriter) write(p []byte) (int, error) {
	z.writeHeader(http.StatusOK)
	if !z.decided {
		z.held = append(z.held, p...)
		if len(z.held) < z.threshold {
			return len(p), nil
		}
		return len(p), z.decide(true)
	}
	if z.zip != nil {
		return z.zip.Write(p)
	}
	return z.ResponseWriter.Write(p)
}

// decide sends the header and the buffered bytes.
func (z *gzipWriter) decide(compress bool) error {
	z.decided = true
	h := z.Header()
	if h.Get("Content-Type") == "" && len(z.held) > 0 {
		h.Set("Content-Type", http.DetectContentType(z.held))
		compress = compress && compressible(h.Get("Content-Type"))
	}
	if compress {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		h.Del("Accept-Ranges")
		if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
			h.Set("ETag", "W/"+tag) // the same content, in other bytes
		}
		z.zip = zippers.Get().(*gzip.Writer)
		z.zip.Reset(z.ResponseWriter)
	}
	z.ResponseWriter.WriteHeader(z.status)
	held := z.held
	z.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := z.write(held)
	return err
}

// Flush sends the buffered bytes. A body that is flushed before it is long enough is
// not compressed.
func (z *gzipWriter) Flush() { _ = z.FlushError() }

// FlushError is Flush for [http.ResponseController].
func (z *gzipWriter) FlushError() error {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.closed {
		return ErrHandlerReturned
	}
	z.writeHeader(http.StatusOK)
	if !z.decided {
		if err := z.decide(false); err != nil {
			return err
		}
	}
	if z.zip != nil {
		if err := z.zip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(z.ResponseWriter).Flush()
}

// close ends the body. When the handler has written nothing, net/http writes the
// header.
func (z *gzipWriter) close() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.closed = true
	if z.status != 0 && !z.decided {
		_ = z.decide(false)
	}
	if z.zip != nil {
		_ = z.zip.Close() // an error means that the client is gone
		z.zip.Reset(nil)
		zippers.Put(z.zip)
		z.zip = nil
	}
}

// abort is close for a handler that has panicked. It drops the buffered bytes, and the
// compressor, because its state is unknown.
func (z *gzipWriter) abort() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.closed, z.held, z.zip = true, nil, nil
}
