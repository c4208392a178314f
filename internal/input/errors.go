package input

import (
	"encoding/json"
	"strings"
	"time"
)

// Redacted stands in logs and errors for the value of a secret field.
const Redacted = "[[secret]]"

// maxEcho is the longest part of a bad value that an error repeats, in bytes.
const maxEcho = 1000

// cut shortens a value of a client to the part that an error repeats.
func cut(s string) string {
	if len(s) <= maxEcho {
		return s
	}
	return strings.ToValidUTF8(s[:maxEcho], "") + "…"
}

// echo returns the value of a failed parameter as an error repeats it.
func echo(raw any) any {
	switch v := raw.(type) {
	case Text:
		if len(v) == 1 {
			return echo(v[0])
		}
		return echo([]string(v))
	case string:
		return cut(v)
	case File:
		return v.Name
	case time.Duration:
		return v.String()
	case bool, int64, nil:
		return v
	}
	if encoded, err := json.Marshal(raw); err != nil || len(encoded) > maxEcho {
		return nil
	}
	return raw
}
