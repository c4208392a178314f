package web

import "net/http"

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
