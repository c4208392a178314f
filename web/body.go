package web

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// body reads the body of a request to an action, once.
type body struct {
	limit int64 // in bytes
	entry *action.Entry

	request *http.Request // a copy with the limited body; nil: nothing has been read
	data    []byte        // what bytes has read
	held    bool          // bytes has been called
	read    bool          // nothing is left to be read
	spooled *spool        // the body as a file; nil: it is none
}

// open limits the body. It does not replace that of the request: package http would not
// know any more that a client waits to be asked for it (Expect: 100-continue).
func (b *body) open(w http.ResponseWriter, r *http.Request) *fault.Error {
	if b.request != nil {
		return nil
	}
	if b.limit > 0 && r.ContentLength > b.limit {
		return tooLarge(b.limit)
	}
	limited := *r
	if b.limit > 0 {
		limited.Body = http.MaxBytesReader(w, r.Body, b.limit)
	}
	b.request = &limited
	return nil
}

// bytes returns the body as it arrived. It can be parsed afterwards.
func (b *body) bytes(w http.ResponseWriter, r *http.Request) ([]byte, *fault.Error) {
	if b.held {
		return b.data, nil
	}
	if err := b.open(w, r); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(b.request.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	b.data, b.held, b.read = data, true, true
	b.request.Body = io.NopCloser(bytes.NewReader(data))
	return data, nil
}

// params adds the parameters of the body.
func (b *body) params(w http.ResponseWriter, r *http.Request, params action.Params) *fault.Error {
	if err := b.open(w, r); err != nil {
		return err
	}
	if err := notEncoded(r); err != nil {
		return err
	}
	err := b.parse(params)
	b.read = b.read || err == nil
	return err
}

// whole returns the body as the value of one input, and nil when it is empty.
func (b *body) whole(w http.ResponseWriter, r *http.Request, field *action.Input) (any, *fault.Error) {
	if err := b.open(w, r); err != nil {
		return nil, err
	}
	header := r.Header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(header)
	switch {
	case err != nil && header != "":
		return nil, unsupportedBy(field, header)
	case field.Raw && !field.AllowsType(mediaType):
		return nil, unsupportedBy(field, header)
	case field.Raw:
		data, err := b.bytes(w, r)
		if err != nil || len(data) == 0 {
			return nil, err
		}
		return input.RawBody(data), nil
	}
	if err := notEncoded(r); err != nil {
		return nil, err
	}
	if field.Type == "file" {
		return b.file(r, mediaType)
	}
	if !isJSON(mediaType) {
		return nil, unsupported("its Content-Type is "+strconv.Quote(header), "send application/json")
	}
	return b.json(w, r)
}

// file returns the body as a file. A rule of the input checks its type.
func (b *body) file(r *http.Request, mediaType string) (any, *fault.Error) {
	var err error
	if b.spooled, err = newSpool(b.request.Body); err != nil {
		return nil, unreadable(err)
	}
	b.read = true
	if b.spooled.size == 0 {
		return nil, nil
	}
	_, disposition, _ := mime.ParseMediaType(r.Header.Get("Content-Disposition")) // most have none
	return input.NewFile(disposition["filename"], mediaType, b.spooled.size, b.spooled.open), nil
}

// json returns the body as a value of JSON.
func (b *body) json(w http.ResponseWriter, r *http.Request) (any, *fault.Error) {
	data, failure := b.bytes(w, r)
	if failure != nil || len(data) == 0 {
		return nil, failure
	}
	value, err := b.entry.ParseBody(data)
	if err != nil {
		return nil, badRequest("cannot parse request body: ", err)
	}
	return value, nil
}

// notEncoded returns an error for a body that is compressed.
func notEncoded(r *http.Request) *fault.Error {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return unsupported("unsupported Content-Encoding "+encoding, "send the body as it is")
	}
	return nil
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// unsupportedBy returns the error for a body of a type that an input does not allow.
func unsupportedBy(field *action.Input, contentType string) *fault.Error {
	allowed := "a valid Content-Type"
	if field.ContentTypes != nil {
		allowed = strings.Join(field.ContentTypes, " or ")
	}
	return unsupported("its Content-Type is "+strconv.Quote(contentType), "send "+allowed)
}

// done removes the temporary files of the body. When something of it is left, and the
// client wants its connection closed, done reads it: see [discardBody].
func (b *body) done(w http.ResponseWriter, r *http.Request) {
	if b.request != nil && b.request.MultipartForm != nil {
		_ = b.request.MultipartForm.RemoveAll()
	}
	if b.spooled != nil {
		b.spooled.remove()
	}
	if !b.read {
		discardBody(w, r, r.Body)
	}
}

// parse adds the parameters of a body of any supported type.
func (b *body) parse(params action.Params) *fault.Error {
	r := b.request
	header := r.Header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(header)
	switch {
	case err != nil && header != "":
		return unsupportedType(header)
	case isJSON(mediaType):
		return b.parseJSON(params)
	case mediaType == "multipart/form-data":
		return parseMultipart(r, params)
	case mediaType == "application/x-www-form-urlencoded":
		return parseForm(r, params)
	}
	return parseNothing(r, header)
}

func (b *body) parseJSON(params action.Params) *fault.Error {
	data, err := io.ReadAll(b.request.Body)
	if err != nil {
		return unreadable(err)
	}
	if len(data) == 0 {
		return nil
	}
	object, err := b.entry.ParseParams(data)
	if err != nil {
		return badRequest("cannot parse request body: ", err)
	}
	for key, value := range object {
		params[key] = value
	}
	return nil
}

// maxFormParams is the number of parameters of a form that package url parses.
const maxFormParams = 10_000

func parseForm(r *http.Request, params action.Params) *fault.Error {
	data, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return unreadable(err)
	case looksLikeJSON(data):
		return unsupported("its Content-Type is application/x-www-form-urlencoded, but it looks like JSON", "send Content-Type: application/json")
	case bytes.Count(data, []byte("&")) >= maxFormParams:
		return tooManyParts(nil)
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return badRequest("cannot parse request body: ", err)
	}
	addText(params, form)
	return nil
}

// looksLikeJSON reports whether data begins like an object or an array. The name of a
// form's parameter does not: browsers encode its braces.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// parseNothing returns an error for a body of an unknown type, unless it is empty. It
// does not ask a client that waits (Expect: 100-continue) to send it.
func parseNothing(r *http.Request, contentType string) *fault.Error {
	if r.ContentLength > 0 || r.Header.Get("Expect") != "" {
		return unsupportedType(contentType)
	}
	switch n, err := r.Body.Read(make([]byte, 1)); {
	case n > 0:
		return unsupportedType(contentType)
	case err != nil && err != io.EOF:
		return unreadable(err)
	}
	return nil
}

func unsupportedType(contentType string) *fault.Error {
	why := "unsupported Content-Type " + contentType
	if contentType == "" {
		why = "it has no Content-Type"
	}
	return unsupported(why, "send application/json, multipart/form-data or application/x-www-form-urlencoded")
}

func unsupported(why, instead string) *fault.Error {
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusUnsupportedMediaType,
		Message: "cannot parse request body: " + why + "; " + instead,
	}
}

// unreadable returns the error for a body that is incomplete.
func unreadable(err error) *fault.Error {
	var limit *http.MaxBytesError
	var disk *fs.PathError
	switch {
	case errors.As(err, &limit):
		return tooLarge(limit.Limit)
	case errors.Is(err, multipart.ErrMessageTooLarge):
		return tooManyParts(err)
	case errors.As(err, &disk):
		return notStored(err)
	}
	e := badRequest("cannot parse request body: ", err)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		e.Status, e.Message = http.StatusRequestTimeout, "cannot parse request body: it took too long to arrive"
	}
	return e
}

func badRequest(prefix string, err error) *fault.Error {
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusBadRequest,
		Message: prefix + err.Error(), Err: err,
	}
}
