package web

import (
	"io/fs"
	"net/http"
)

// Redirect is a result that sends the client elsewhere. Other transports show
// it as JSON.
type Redirect struct {
	// Location is an absolute or relative URL.
	Location string `json:"location"`
	// Status is a 3xx; 0 means 302 Found.
	Status int `json:"status"`
}

var _ http.Handler = Redirect{}

// ServeHTTP sends the redirect.
func (d Redirect) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := d.Status
	if status == 0 {
		status = http.StatusFound
	}
	http.Redirect(w, r, d.Location, status)
}

// File is a result that is a file's content, with ranges and conditional
// requests. Other transports show its name.
type File struct {
	// FS is where the file is.
	FS fs.FS `json:"-"`
	// Name is the file's path in FS. A missing file is answered with 404.
	Name string `json:"file"`
}

var _ http.Handler = File{}

// ServeHTTP sends the file.
func (f File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, f.FS, f.Name)
}
