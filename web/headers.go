package web

import (
	"net/http"
	"slices"
	"strings"
)

// headers are what every response carries. The values are made once and
// shared by all responses: nothing may change them in place.
type headers struct {
	fixed       []header
	origins     []string
	anyOrigin   bool
	vary        []string // what decides about a response, beside its URL
	correlation string
	trusted     bool
}

type header struct {
	key   string
	value []string
}

func newHeaders(name string, c Settings) *headers {
	h := &headers{correlation: c.Correlation.Header, trusted: c.Correlation.TrustProxy}
	if c.Compression.Enabled {
		h.vary = append(h.vary, "Accept-Encoding")
	}
	add := func(key, value string) {
		if value != "" {
			h.fixed = append(h.fixed, header{http.CanonicalHeaderKey(key), []string{value}})
		}
	}
	add("X-SERVER-NAME", name)
	add("Content-Security-Policy", c.SecurityHeaders.CSP)
	add("X-Content-Type-Options", c.SecurityHeaders.ContentTypeOptions)
	add("X-Frame-Options", c.SecurityHeaders.FrameOptions)
	add("Strict-Transport-Security", c.SecurityHeaders.HSTS)
	add("Referrer-Policy", c.SecurityHeaders.ReferrerPolicy)
	add("Access-Control-Allow-Methods", c.AllowedMethods)
	add("Access-Control-Allow-Headers", c.AllowedHeaders)
	h.origins = c.AllowedOrigins
	if h.anyOrigin = slices.Contains(h.origins, "*"); h.anyOrigin {
		add("Access-Control-Allow-Origin", "*")
	} else { // or a cache would give one origin the answer for another
		h.vary = append(h.vary, "Origin")
	}
	h.vary = slices.Clip(h.vary)
	return h
}

func (h *headers) set(out http.Header, r *http.Request) {
	for _, f := range h.fixed {
		out[f.key] = f.value
	}
	if h.vary != nil {
		out["Vary"] = h.vary
	}
	if !h.anyOrigin {
		h.setOrigin(out, r.Header.Get("Origin"))
	}
	if id := h.correlationID(r); id != "" {
		out.Set(h.correlation, id)
	}
}

// setOrigin echoes an origin that is listed.
func (h *headers) setOrigin(out http.Header, origin string) {
	if origin != "" && slices.Contains(h.origins, origin) {
		out.Set("Access-Control-Allow-Origin", origin)
		out.Set("Access-Control-Allow-Credentials", "true")
	}
}

// maxCorrelationID bounds, in bytes, an id that is taken over from a caller.
const maxCorrelationID = 200

// correlationID returns the id that the caller sent, if callers are trusted
// and it is one to put into logs and headers.
func (h *headers) correlationID(r *http.Request) string {
	if !h.trusted || h.correlation == "" {
		return ""
	}
	id := r.Header.Get(h.correlation)
	if len(id) > maxCorrelationID || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return id
}
