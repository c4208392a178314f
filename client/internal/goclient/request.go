//lint:file-ignore U1000 The clients use it.

package goclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// call is one call of an action.
type call struct {
	method, path string            // the path with its placeholders
	in           any               // a struct with the parameters that JSON has; nil: none
	places       map[string]string // of parameters in headers and cookies: "header X-Name"
	body         string            // the parameter that is the body
	content      *File             // the body, if it is not JSON
	files        []file            // that are sent in a form
}

// file is a parameter that is a file.
type file struct {
	name string
	File
}

// File is a file to upload. It is sent once: a request that fails has read its Content.
type File struct {
	Name    string    // of the file
	Type    string    // its media type; empty: application/octet-stream
	Content io.Reader // required
}

func (f *File) mediaType() string {
	if f.Type == "" {
		return "application/octet-stream"
	}
	return f.Type
}

// request makes the request.
func (k *call) request(ctx context.Context, base string, header http.Header) (*http.Request, error) {
	params := map[string]json.RawMessage{}
	if k.in != nil {
		data, err := json.Marshal(k.in)
		if err == nil {
			err = json.Unmarshal(data, &params)
		}
		if err != nil {
			return nil, err
		}
	}
	path, err := fill(k.path, params)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, k.method, base+path, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = slices.Clone(values)
	}
	k.setPlaces(request, params)
	return request, k.setContent(request, params)
}

// setPlaces adds the parameters that headers and cookies have, and takes them out of params.
func (k *call) setPlaces(request *http.Request, params map[string]json.RawMessage) {
	for name, place := range k.places {
		kind, source, _ := strings.Cut(place, " ")
		for _, text := range texts(params[name]) {
			if kind == "cookie" {
				request.AddCookie(&http.Cookie{Name: source, Value: text})
			} else {
				request.Header.Add(source, text)
			}
		}
		delete(params, name)
	}
}

// setContent adds the parameters of the query and of the body.
func (k *call) setContent(request *http.Request, params map[string]json.RawMessage) error {
	whole := params[k.body]
	delete(params, k.body)
	switch {
	case k.content != nil:
		setBody(request, k.content.Content, k.content.mediaType())
		if k.content.Name != "" {
			request.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": k.content.Name}))
		}
		setQuery(request, params)
	case k.body != "" || k.method == http.MethodGet || k.method == http.MethodHead:
		if len(whole) > 0 {
			setBody(request, bytes.NewReader(whole), "application/json")
		}
		setQuery(request, params)
	case len(k.files) > 0:
		setForm(request, params, k.files)
	case len(params) > 0:
		data, err := json.Marshal(params)
		if err != nil {
			return err
		}
		setBody(request, bytes.NewReader(data), "application/json")
	}
	return nil
}

// fill puts parameters into a path, and takes them out of params.
func fill(path string, params map[string]json.RawMessage) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(path, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		var name string
		name, path, _ = strings.Cut(rest, "}")
		name, many := strings.CutSuffix(name, "...")
		text := strings.Join(texts(params[name]), ",")
		delete(params, name)
		segments := []string{text}
		if many {
			segments = strings.Split(text, "/")
		}
		for i, s := range segments {
			if s == "" && !many || s == "." || s == ".." {
				return "", fmt.Errorf("the parameter %s is a part of the URL: it must not be %q", name, s)
			}
			segments[i] = url.PathEscape(s)
		}
		b.WriteString(strings.Join(segments, "/"))
	}
}

// texts returns a parameter as it is in a query: a text for each element of a list.
func texts(value json.RawMessage) []string {
	var text string
	var list []json.RawMessage
	switch {
	case len(value) == 0 || string(value) == "null":
		return nil
	case value[0] == '[' && json.Unmarshal(value, &list) == nil:
		var all []string
		for _, one := range list {
			if one[0] == '[' {
				all = append(all, string(one))
			} else {
				all = append(all, texts(one)...)
			}
		}
		return all
	case json.Unmarshal(value, &text) == nil:
		return []string{text}
	}
	return []string{string(value)}
}

func setQuery(r *http.Request, params map[string]json.RawMessage) {
	query := url.Values{}
	for name, value := range params {
		for _, text := range texts(value) {
			query.Add(name, text)
		}
	}
	r.URL.RawQuery = query.Encode()
}

func setBody(r *http.Request, body io.Reader, mediaType string) {
	r.Header.Set("Content-Type", mediaType)
	if data, ok := body.(*bytes.Reader); ok {
		r.ContentLength = data.Size()
		copied := *data
		r.GetBody = func() (io.ReadCloser, error) {
			again := copied
			return io.NopCloser(&again), nil
		}
	} else {
		r.ContentLength = -1
	}
	r.Body = io.NopCloser(body)
}

// setForm sends a form, whose files are read as they are sent.
func setForm(r *http.Request, params map[string]json.RawMessage, files []file) {
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Body, r.ContentLength = reader, -1
	go func() { // it ends when the request has: then the body is closed
		writer.CloseWithError(errors.Join(writeForm(form, params, files), form.Close()))
	}()
}

func writeForm(form *multipart.Writer, params map[string]json.RawMessage, files []file) error {
	for name, value := range params {
		for _, text := range texts(value) {
			if err := form.WriteField(name, text); err != nil {
				return err
			}
		}
	}
	for _, f := range files {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": f.name, "filename": f.Name}))
		header.Set("Content-Type", f.mediaType())
		part, err := form.CreatePart(header)
		if err == nil {
			_, err = io.Copy(part, f.Content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
