package input

import (
	"encoding/json"
	"strings"
	"time"
)

// Redacted replaces the value of a secret field in logs and errors.
const Redacted = "[[secret]]"

// maxEcho is the maximum length of an invalid value in an error, in bytes.
const maxEcho = 1000

// cut shortens a value of a client to maxEcho.
func cut(s string) string {
	if len(s) <= maxEcho {
		return s
	}
	return strings.ToValidUTF8(s[:maxEcho], "") + "…"
}

// echo returns the value of an invalid parameter as an error repeats it.
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
