package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// The policies of the two pages. Nothing comes from another origin, and nothing inline is
// run or applied. The style sheet of Swagger UI has its icons as data.
const (
	pagePolicy    = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	swaggerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// files are what the pages load. Those of Swagger UI 5.35.0 (Apache-2.0, its notices
// beside it) are compressed.
//
//go:embed assets
var files embed.FS

// content is a text that is made when it is asked for first.
type content struct {
	kind, policy string
	made         func() ([]byte, error)
}

func newPage(policy string, made func() ([]byte, error)) *content {
	return &content{"text/html; charset=utf-8", policy, sync.OnceValues(made)}
}

// ServeHTTP sends the text.
func (c *content) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := c.made()
	if err != nil {
		http.Error(w, "The page cannot be made", http.StatusInternalServerError)
		return
	}
	if c.policy != "" {
		w.Header().Set("Content-Security-Policy", c.policy)
	}
	send(w, r, c.kind, data)
}

// send sends data that may change with the next version of the program.
func send(w http.ResponseWriter, r *http.Request, kind string, data []byte) {
	sum := sha256.Sum256(data)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// serveAsset sends one of the files.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind := mime.TypeByExtension(path.Ext(name))
	if data, err := files.ReadFile("assets/" + name); err == nil && kind != "" {
		send(w, r, kind, data)
		return
	}
	packed, err := files.ReadFile("assets/" + name + ".gz")
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		send(w, r, kind, packed)
		return
	}
	data, err := unpack(packed)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, r, kind, data)
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
