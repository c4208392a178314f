package input

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
)

// RawBody is the body of a request as it was sent, such as a webhook whose signature
// covers the bytes. It takes the tags maxSize and contentType. On transports other than
// HTTP it is a parameter in base64. The action may keep it and change it.
type RawBody []byte

var rawBodyType = reflect.TypeFor[RawBody]()

// errBodyWithin refuses a RawBody in a list or a map.
var errBodyWithin = errors.New("a RawBody cannot be in a list or a map")

// rawBodyPart is the part of a RawBody.
func rawBodyPart() part {
	return part{
		bind: bindRawBody, typ: "string", format: "base64", raw: true, plain: true,
		schema: describeBytes, hidden: describeRaw,
	}
}

// bindRawBody takes the bytes of a transport as they are, and text in base64.
func bindRawBody(w *walk, raw any, dst reflect.Value) {
	switch body := raw.(type) {
	case RawBody:
		dst.SetBytes(body)
	case []byte:
		dst.SetBytes(body)
	default:
		bindBytes(w, raw, dst)
	}
}

// describeRaw returns what a log or an error has in place of the bytes of a body.
func describeRaw(raw any) any {
	switch body := raw.(type) {
	case RawBody:
		return fmt.Sprintf("[%d bytes]", len(body))
	case []byte:
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	return plain(raw)
}

// rawBodySize returns the number of bytes of a raw value that binds to a RawBody.
func rawBodySize(raw any) int64 {
	switch v := raw.(type) {
	case RawBody:
		return int64(len(v))
	case []byte:
		return int64(len(v))
	case string:
		return base64Size(v)
	case Text:
		if len(v) == 1 {
			return base64Size(v[0])
		}
	}
	return 0
}

func base64Size(text string) int64 {
	n := len(text)
	for n > 0 && text[n-1] == '=' {
		n--
	}
	return int64(base64.RawStdEncoding.DecodedLen(n))
}
