package structtag_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/keryx-go/keryx/internal/structtag"
)

func TestCheck(t *testing.T) {
	for tag, want := range map[string]string{
		``:                          "<nil>",
		`json:"a" minimum:"1"`:      "<nil>",
		`validate:"x"`:              "<nil>",
		`minimun:"1"`:               `unknown tag "minimun"; did you mean "minimum"?`,
		`Minimum:"1"`:               `unknown tag "Minimum"; did you mean "minimum"?`,
		`minimax:"1"`:               "<nil>", // known
		`json:"a" minimum=1`:        `cannot read the tags from "minimum=1" on; they are written as name:"value"`,
		`json: "a"`:                 `cannot read the tags from "json: \"a\"" on; they are written as name:"value"`,
		"json:`a`":                  "cannot read the tags from \"json:`a`\" on; they are written as name:\"value\"",
		`minimum:"1" minimum:"2"`:   `the tag minimum occurs twice`,
		`minimum:"a \" b" json:"c"`: "<nil>",
		`minimum:"1`:                `cannot read the tags from "minimum:\"1" on; they are written as name:"value"`,
	} {
		err := structtag.Check(reflect.StructTag(tag), []string{"json", "minimum"}, func(name string) bool { return name == "minimax" })
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s: got %s, want %s", tag, got, want)
		}
	}
}
