package web

import (
	"net/http"
	"slices"
	"strings"
)

// headers are the headers of every response. Their values are made once and shared by
// all responses: they must not be changed in place.
type headers struct {
	fixed       []header // of every response
	cors        []header // of responses under the server's CORS policy
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
	add := func(to *[]header, key, value string) {
		if value != "" {
			*to = append(*to, header{http.CanonicalHeaderKey(key), []string{value}})
		}
	}
	add(&h.fixed, "X-SERVER-NAME", name)
	add(&h.fixed, "Content-Security-Policy", c.SecurityHeaders.CSP)
	add(&h.fixed, "X-Content-Type-Options", c.SecurityHeaders.ContentTypeOptions)
	add(&h.fixed, "X-Frame-Options", c.SecurityHeaders.FrameOptions)
	add(&h.fixed, "Strict-Transport-Security", c.SecurityHeaders.HSTS)
	add(&h.fixed, "Referrer-Policy", c.SecurityHeaders.ReferrerPolicy)
	add(&h.cors, "Access-Control-Allow-Methods", c.AllowedMethods)
	add(&h.cors, "Access-Control-Allow-Headers", c.AllowedHeaders)
	add(&h.cors, "Access-Control-Expose-Headers", c.ExposedHeaders)
	h.origins = c.AllowedOrigins
	if h.anyOrigin = slices.Contains(h.origins, "*"); h.anyOrigin {
		add(&h.cors, "Access-Control-Allow-Origin", "*")
	} else { // or a cache would give one origin the answer for another
		h.vary = append(h.vary, "Origin")
	}
	h.vary = slices.Clip(h.vary)
	return h
}

// set sets the headers of a response under the server's CORS policy.
func (h *headers) set(out http.Header, r *http.Request) {
	h.setFixed(out, r)
	for _, f := range h.cors {
		out[f.key] = f.value
	}
	if !h.anyOrigin {
		h.setOrigin(out, r.Header.Get("Origin"))
	}
}

// setFixed sets the headers of any response.
func (h *headers) setFixed(out http.Header, r *http.Request) {
	for _, f := range h.fixed {
		out[f.key] = f.value
	}
	if h.vary != nil {
		out["Vary"] = h.vary
	}
	if id := h.correlationID(r); id != "" {
		out.Set(h.correlation, id)
	}
}

// removeCORS removes the headers of the server's CORS policy.
func (h *headers) removeCORS(out http.Header) {
	for _, f := range h.cors {
		delete(out, f.key)
	}
	out.Del("Access-Control-Allow-Origin")
	out.Del("Access-Control-Allow-Credentials")
}

// setOrigin echoes an origin that is listed.
func (h *headers) setOrigin(out http.Header, origin string) {
	if origin != "" && slices.Contains(h.origins, origin) {
		out.Set("Access-Control-Allow-Origin", origin)
		out.Set("Access-Control-Allow-Credentials", "true")
	}
}

// maxCorrelationID is the longest correlation id that is accepted, in bytes.
const maxCorrelationID = 200

// correlationID returns the id that the caller sent, if callers are trusted and the id
// is safe in logs and headers, or "".
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
