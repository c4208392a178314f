package web

import (
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compressed gzips what is worth it, for clients that accept it.
func (s *Server) compressed(next http.Handler) http.Handler {
	c := s.options.Config.Compression
	if !c.Enabled {
		return next
	}
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(c.Threshold),
		gzhttp.ContentTypeFilter(compressible),
	)
	if err != nil {
		s.options.Logger.Error("compression is off", "error", err)
		return next
	}
	return wrap(next)
}

// compressible tells whether bodies of a content type shrink. An event stream
// does, but must not wait for a compressor.
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
