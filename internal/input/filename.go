package input

import (
	"path"
	"strings"
	"unicode"
)

const (
	maxFileName  = 255 // in bytes, the limit of file systems
	maxExtension = 32
	unnamed      = "unnamed"
)

// fileName returns a caller's name of a file in a form that is safe to show, to log,
// and to join with a directory.
func fileName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(visible, strings.ToValidUTF8(name, string(unicode.ReplacementChar))))
	if len(name) > maxFileName {
		extension := path.Ext(name)
		if len(extension) > maxExtension {
			extension = ""
		}
		stem := strings.TrimSuffix(name, extension)[:maxFileName-len(extension)]
		name = strings.TrimSpace(strings.ToValidUTF8(stem, "")) + extension
	}
	switch name {
	case "", ".", "..":
		return unnamed
	}
	return name
}

// visible removes control characters and those that reverse the direction of text,
// which make "gpj.exe" look like "exe.jpg".
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
		return -1
	}
	return r
}
