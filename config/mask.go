package config

import (
	"reflect"
	"strings"

	"github.com/keryx-go/keryx/internal/redact"
)

// maskedSecret stands for a setting that is secret as a whole.
const maskedSecret = "[[secret]]"

// mask returns a value of the setting as it may be printed.
func (l *leaf) mask(text string) string {
	switch {
	case text == "":
		return ""
	case l.secret:
		return maskedSecret
	case strings.HasSuffix(l.format, "url") || l.typ == urlType || l.typ == reflect.PointerTo(urlType):
		return redact.URL(text)
	}
	return redact.Text(text)
}
