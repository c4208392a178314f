package stream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"
)

// textWriter sends pieces to where only text can be sent.
type textWriter struct {
	send func([]byte) error
	text bool   // else it is bytes, for base64
	held []byte // the beginning of a character whose end is still to come
}

func (w *textWriter) Write(p []byte) (int, error) {
	piece := base64.StdEncoding.AppendEncode(nil, p)
	if w.text {
		piece = append(w.held, p...)
		end := whole(piece)
		w.held = slices.Clone(piece[end:])
		piece = piece[:end]
	}
	if len(piece) == 0 {
		return len(p), nil
	}
	if err := w.send(piece); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush sends what no end has come for.
func (w *textWriter) flush() error {
	if len(w.held) == 0 {
		return nil
	}
	return w.send(w.held)
}

// whole returns how much of p there is before a character that is cut off.
func whole(p []byte) int {
	for i := len(p) - 1; i >= 0 && i >= len(p)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(p[i]) {
			continue
		}
		if !utf8.FullRune(p[i:]) {
			return i
		}
		break
	}
	return len(p)
}

// isText reports whether content of a type is text in UTF-8.
func isText(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if charset := params["charset"]; err != nil || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	switch mediaType {
	case "application/x-ndjson", "application/jsonl", "application/javascript", "application/xml", "application/yaml":
		return true
	}
	return strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+xml") || isJSON(mediaType)
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// collectAs returns what makes one JSON value of content of a type.
func collectAs(contentType string) func([]byte) any {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	switch {
	case !isText(contentType):
		return func(all []byte) any { return append([]byte{}, all...) } // never nil, which would be null
	case isJSON(mediaType):
		return func(all []byte) any {
			if json.Valid(all) {
				return json.RawMessage(all)
			}
			return string(all)
		}
	}
	return func(all []byte) any { return string(all) }
}

// collectLines makes a list of lines of JSON.
func collectLines(all []byte) any {
	values := []json.RawMessage{}
	for line := range bytes.Lines(all) {
		values = append(values, json.RawMessage(line))
	}
	return values
}
