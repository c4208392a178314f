package input

import (
	"errors"
	"fmt"
	"net/textproto"
	"reflect"
	"strings"
)

// The places of a request that a tag names, for [Field.In].
const (
	InHeader = "header"
	InCookie = "cookie"
	InBody   = "body"
)

// unseen are headers that net/http removes from a request.
var unseen = []string{"Host", "Trailer", "Transfer-Encoding"}

// readSource reads the tags header, cookie and body into f.
func readSource(f *Field, tag reflect.StructTag, p part) error {
	header, isHeader := tag.Lookup(InHeader)
	cookie, isCookie := tag.Lookup(InCookie)
	isBody := p.raw
	if err := flag(tag, InBody, &isBody); err != nil {
		return err
	}
	switch {
	case isHeader && isCookie, isBody && (isHeader || isCookie):
		return errors.New("a value comes from one place: a header, a cookie or the body")
	case p.raw && !isBody:
		return errors.New("a RawBody is the body of the request")
	case isBody && p.isFile() && p.typ == "array":
		return errors.New("the body of a request is one file, not several")
	case isBody:
		f.In = InBody
		return nil
	case (isHeader || isCookie) && p.isFile():
		return errors.New("a header or a cookie is no file")
	case isHeader:
		return f.setHeader(header)
	case isCookie:
		if !isToken(cookie) {
			return fmt.Errorf("%q cannot be the name of a cookie", cookie)
		}
		f.In, f.Source = InCookie, cookie
	}
	return nil
}

// oneBody returns an error for fields that cannot come from one request: two bodies, or
// a body and the file of a form.
func oneBody(fields []*field) error {
	var body *field
	for _, f := range fields {
		switch {
		case f.In != InBody:
		case body != nil:
			return fmt.Errorf("%s and %s are both the body of the request", body.Name, f.Name)
		default:
			body = f
		}
	}
	if body == nil {
		return nil
	}
	for _, f := range fields {
		if f.file && f.In == "" {
			return fmt.Errorf("%s is the body of the request, so the file %s cannot be a part of it", body.Name, f.Name)
		}
	}
	return nil
}

// isToken reports whether name can be the name of a header or a cookie.
func isToken(name string) bool {
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// canonicalHeader returns the name of a header as net/http has it.
func canonicalHeader(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }
