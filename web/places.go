package web

import (
	"net/http"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/input"
)

// places are the inputs of an action that an HTTP request has elsewhere than in the
// path, the query or a member of the body.
type places struct {
	headers, cookies []action.Input
	body             *action.Input // the whole body; nil: there is none
}

func placesOf(e *action.Entry) *places {
	var p places
	for _, field := range e.Inputs() {
		switch field.In {
		case input.InHeader:
			p.headers = append(p.headers, field)
		case input.InCookie:
			p.cookies = append(p.cookies, field)
		case input.InBody:
			p.body = &field
		}
	}
	if p.headers == nil && p.cookies == nil && p.body == nil {
		return nil
	}
	return &p
}

// add adds the headers and cookies of a request, which are not taken from elsewhere.
func (p *places) add(r *http.Request, params action.Params) {
	for _, field := range p.headers {
		delete(params, field.Name)
		if values := r.Header[field.Source]; len(values) > 0 {
			params[field.Name] = action.Text(values)
		}
	}
	for _, field := range p.cookies {
		delete(params, field.Name)
		if cookie, err := r.Cookie(field.Source); err == nil {
			params[field.Name] = action.Text{cookie.Value}
		}
	}
}
