package web

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// headers are the headers of every response. Their values are made once and shared by
// all responses: they must not be changed in place.
type headers struct {
	fixed     []header // of every response
	cors      []header // of responses under the server's CORS policy
	origins   []string
	anyOrigin bool
	vary      []string // what decides about a response, beside its URL
	ids       requestIDs
}

type header struct {
	key   string
	value []string
}

func newHeaders(name string, c Settings) *headers {
	h := &headers{}
	h.ids.init(c.Correlation)
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
	h.ids.set(out, r)
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

// requestIDs gives every request an id.
type requestIDs struct {
	header  string // canonical; "": there are no ids
	trusted bool   // callers may choose theirs
	prefix  string // random, of this process
	last    atomic.Uint64
}

// maxRequestID is the longest id that is accepted, in bytes.
const maxRequestID = 200

func (ids *requestIDs) init(c CorrelationSettings) {
	ids.header, ids.trusted = http.CanonicalHeaderKey(c.Header), c.TrustProxy
	ids.prefix = strings.ToLower(rand.Text()[:13]) + "-"
}

// assign puts the id into the header of the request, for all that handle it: the one it
// came with, if callers are trusted and it is safe in logs and headers, or a new one.
func (ids *requestIDs) assign(r *http.Request) {
	if ids.header == "" || ids.trusted && isRequestID(r.Header.Get(ids.header)) {
		return
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header[ids.header] = []string{ids.prefix + strconv.FormatUint(ids.last.Add(1), 36)}
}

// of returns the id of a request that has one, or "".
func (ids *requestIDs) of(r *http.Request) string {
	if id := r.Header[ids.header]; len(id) > 0 {
		return id[0]
	}
	return ""
}

// set sets the header of a response.
func (ids *requestIDs) set(out http.Header, r *http.Request) {
	if id := r.Header[ids.header]; len(id) > 0 {
		out[ids.header] = id[:1:1] // it is never changed in place
	}
}

func isRequestID(id string) bool {
	return id != "" && len(id) <= maxRequestID && !strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' })
}
