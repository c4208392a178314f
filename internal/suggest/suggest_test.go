package suggest_test

import (
	"slices"
	"testing"

	"github.com/keryx-go/keryx/internal/suggest"
)

func TestClosest(t *testing.T) {
	names := []string{"user:show", "user:shown", "session", "status"}
	for typed, want := range map[string][]string{
		"usershow": {"user:show", "user:shown"}, "sesion": {"session"}, "stat": {"status"}, "xyz": nil, "": nil,
	} {
		if got := suggest.Closest(typed, names); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", typed, got, want)
		}
	}
}

func TestSlip(t *testing.T) {
	names := []string{"minimum", "maximum", "minLength", "enum", "doc"}
	for typed, want := range map[string]string{
		"minimun": "minimum", "MINIMUM": "minimum", "minlenght": "minLength", "enums": "enum", "dox": "doc",
		"enmu": "enum", "code": "", "bool": "",
		"db": "", "min": "", "": "", "maxi": "", "minimum": "minimum",
	} {
		if got := suggest.Slip(typed, names); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
