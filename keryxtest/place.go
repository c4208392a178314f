package keryxtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/input"
)

// placed is a request of an action's route.
type placed struct {
	target string // path and query, without the prefix of the API
	header http.Header
	body   any // for [encode]
}

// place puts parameters where the action's route has them.
func place(e *action.Entry, params action.Params) (placed, error) {
	if e.Web.IsZero() {
		return placed{}, errors.New("the action has no route: call it over a WebSocket, or by Act")
	}
	params = portable(e, params)
	target, err := fillPath(e.Web, params)
	if err != nil {
		return placed{}, err
	}
	p := placed{target: target, header: http.Header{}}
	bodiless := e.Web.Method == http.MethodGet || e.Web.Method == http.MethodHead
	for _, in := range e.Inputs() {
		value, sent := params[in.Name]
		if !sent || in.In == "" {
			continue
		}
		delete(params, in.Name)
		if in.In == input.InBody {
			bodiless = true // the others are in the query
			p.body, err = wholeBody(in, value)
		} else {
			err = p.addHeader(in, value)
		}
		if err != nil {
			return placed{}, fmt.Errorf("%s: %w", in.Name, err)
		}
	}
	switch {
	case len(params) == 0:
	case bodiless:
		query, err := texts(params)
		if err != nil {
			return placed{}, err
		}
		p.target += "?" + url.Values(query).Encode()
	case hasFiles(params):
		p.body, err = multipartOf(params)
	default:
		p.body = params
	}
	return p, err
}

// addHeader adds an input that is a header or a cookie.
func (p *placed) addHeader(in action.Input, value any) error {
	values, err := text(value)
	for _, v := range values {
		if in.In == input.InCookie {
			p.header.Add("Cookie", (&http.Cookie{Name: in.Source, Value: v}).String())
		} else {
			p.header.Add(in.Source, v)
		}
	}
	return err
}

// wholeBody returns the body of a request for an input that is the whole body.
func wholeBody(in action.Input, value any) (any, error) {
	switch v := value.(type) {
	case input.RawBody:
		mediaType := "application/octet-stream"
		if len(in.ContentTypes) > 0 {
			mediaType = strings.ReplaceAll(in.ContentTypes[0], "*", "x-test")
		}
		return Raw{mediaType, string(v)}, nil
	case input.File:
		content, err := v.Open()
		if err != nil {
			return nil, err
		}
		all, err := io.ReadAll(content)
		return Raw{v.Type, string(all)}, errors.Join(err, content.Close())
	}
	encoded, err := json.Marshal(value)
	return Raw{"application/json", string(encoded)}, err
}

// portable returns a copy of the parameters with what JSON would write differently as
// the text that inputs read: durations, and times of a format of their own.
func portable(e *action.Entry, params action.Params) action.Params {
	out := action.Params{}
	formats := map[string]string{}
	for _, in := range e.Inputs() {
		formats[in.Name] = in.Format
	}
	for name, value := range params {
		if at, ok := value.(time.Time); ok {
			switch formats[name] {
			case "date":
				value = at.Format(time.DateOnly)
			case "time":
				value = at.Format(time.TimeOnly)
			}
		}
		out[name] = portableValue(value)
	}
	return out
}

func portableValue(value any) any {
	switch v := value.(type) {
	case time.Duration:
		return v.String()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = portableValue(v[i])
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key := range v {
			object[key] = portableValue(v[key])
		}
		return object
	}
	return value
}

// fillPath returns the path of a route, and removes its parameters from params.
func fillPath(route action.Route, params action.Params) (string, error) {
	path := strings.ReplaceAll(route.Path, "{$}", "")
	for _, name := range route.PathParams() {
		values, err := text(params[name])
		if err != nil || len(values) != 1 {
			return "", fmt.Errorf("%s cannot be part of a path: %v", name, params[name])
		}
		delete(params, name)
		rest := "{" + name + "...}"
		segments := values
		if strings.Contains(path, rest) {
			segments = strings.Split(values[0], "/")
		} else if values[0] == "" || values[0] == "." || values[0] == ".." {
			return "", fmt.Errorf("%s cannot be part of a path: %q", name, values[0])
		}
		escaped := make([]string, len(segments))
		for i, s := range segments {
			escaped[i] = url.PathEscape(s)
		}
		path = strings.NewReplacer("{"+name+"}", strings.Join(escaped, "/"), rest, strings.Join(escaped, "/")).Replace(path)
	}
	return path, nil
}

func hasFiles(params action.Params) bool {
	for _, value := range params {
		switch value.(type) {
		case input.File, []input.File:
			return true
		}
	}
	return false
}

func multipartOf(params action.Params) (Multipart, error) {
	form := Multipart{}
	for name, value := range params {
		switch value.(type) {
		case input.File, []input.File:
			form[name] = value
			continue
		}
		values, err := text(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		form[name] = values
	}
	return form, nil
}

func texts(params action.Params) (map[string][]string, error) {
	out := map[string][]string{}
	for name, value := range params {
		values, err := text(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = values
	}
	return out, nil
}

// text returns a parameter as the texts of a query: one for each element of a list, none
// for null.
func text(value any) ([]string, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case bool:
		return []string{strconv.FormatBool(v)}, nil
	case int64:
		return []string{strconv.FormatInt(v, 10)}, nil
	case uint64:
		return []string{strconv.FormatUint(v, 10)}, nil
	case float64:
		return []string{strconv.FormatFloat(v, 'g', -1, 64)}, nil
	case json.Number:
		return []string{v.String()}, nil
	case time.Time:
		return []string{v.Format(time.RFC3339Nano)}, nil
	case input.Text:
		return v, nil
	case []any:
		var all []string
		for _, element := range v {
			one, err := text(element)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("a %T cannot be sent as text: use a route with a JSON body", value)
}
