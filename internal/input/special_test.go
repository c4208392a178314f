package input_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/input"
)

func upload(name, content string) input.File {
	return input.NewFile(name, "text/plain", int64(len(content)), func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	})
}

type uploads struct {
	One  input.File                 `json:"one,omitzero"`
	Many []input.File               `json:"many,omitempty" maxItems:"2"`
	Some *input.File                `json:"some"`
	May  input.Optional[input.File] `json:"may"`
}

func TestFiles(t *testing.T) {
	a, b := upload("a", "A"), upload("b", "B")
	for name, test := range map[string]struct {
		params map[string]any
		want   string // the contents of One, Many, Some, May; or errors
	}{
		"one":          {map[string]any{"one": a}, "A"},
		"one of one":   {map[string]any{"one": []input.File{a}}, "A"},
		"list":         {map[string]any{"many": []input.File{a, b}}, "AB"},
		"list of one":  {map[string]any{"many": a}, "A"},
		"pointer":      {map[string]any{"some": a}, "A"},
		"optional":     {map[string]any{"may": []input.File{a}}, "A"},
		"several":      {map[string]any{"one": []input.File{a, b}}, "one must be a single file"},
		"too many":     {map[string]any{"many": []input.File{a, b, a}}, "many must have at most 2 items"},
		"text":         {map[string]any{"one": input.Text{"a"}}, "one must be a file"},
		"JSON":         {map[string]any{"one": map[string]any{"name": "a"}}, "one must be a file"},
		"text in list": {map[string]any{"many": input.Text{"a"}}, "many[0] must be a file"},
	} {
		t.Run(name, func(t *testing.T) {
			in, errs := bind[uploads](t, test.params)
			if errs != nil {
				if errs.Error() != test.want {
					t.Errorf("got %s, want %s", errs, test.want)
				}
				return
			}
			files := append([]input.File{in.One}, in.Many...)
			if in.Some != nil {
				files = append(files, *in.Some)
			}
			if may, ok := in.May.Get(); ok {
				files = append(files, may)
			}
			var got strings.Builder
			for _, f := range files {
				if f.Name == "" {
					continue
				}
				content, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(&got, content); err != nil {
					t.Fatal(err)
				}
			}
			if got.String() != test.want {
				t.Errorf("got %q, want %q", got.String(), test.want)
			}
		})
	}
}

func TestFileIsNoString(t *testing.T) {
	_, errs := bind[everything](t, map[string]any{"name": upload("a.txt", "A"), "tags": []input.File{upload("b", "B")}})
	if got := errs.Error(); got != "name must be text; tags[0] must be text" || errs[0].Value != "a.txt" {
		t.Errorf("got %s, the value %v", got, errs[0].Value)
	}
}

func TestFileWithoutContent(t *testing.T) {
	if _, err := (input.File{Name: "a"}).Open(); err == nil {
		t.Error("it opened")
	}
}

// temperature reads JSON only.
type temperature struct{ Celsius float64 }

func (c *temperature) UnmarshalJSON(data []byte) error {
	if string(data) == `"freezing"` {
		return nil
	}
	if err := json.Unmarshal(data, &c.Celsius); err != nil || c.Celsius < -273.15 {
		return errors.New("there is no such temperature")
	}
	return nil
}

func TestTypesThatReadJSON(t *testing.T) {
	type in struct {
		Raw json.RawMessage `json:"raw,omitempty"`
		T   temperature     `json:"t,omitzero"`
	}
	text := func(s ...string) input.Text { return s }
	for name, test := range map[string]struct {
		params map[string]any
		want   string
	}{
		"object":            {parse(t, `{"raw":{"b":[1.50,null]},"t":-5}`), `{"b":[1.50,null]} -5`},
		"text that is JSON": {map[string]any{"raw": text(`{"a":1}`), "t": text("20")}, `{"a":1} 20`},
		"text that is none": {map[string]any{"raw": text("hello"), "t": text("freezing")}, `"hello" 0`},
		"absent":            {nil, " 0"},
		"refused":           {parse(t, `{"t":-300}`), "t is not valid: there is no such temperature"},
		"repeated":          {map[string]any{"raw": text("1", "2")}, "raw must be a single value"},
		"NUL":               {map[string]any{"raw": text("a\x00")}, "raw must not contain NUL characters"},
	} {
		got, errs := bind[in](t, test.params)
		s := errs.Error()
		if errs == nil {
			s = fmt.Sprint(string(got.Raw), " ", got.T.Celsius)
		}
		if s != test.want {
			t.Errorf("%s: got %s, want %s", name, s, test.want)
		}
	}
}

func TestOptionalInJSON(t *testing.T) {
	type out struct {
		Nick input.Optional[string] `json:"nick"`
		Age  input.Optional[int]    `json:"age,omitzero"`
	}
	for _, body := range []string{`{"nick":null}`, `{"nick":"n","age":5}`, `{"nick":"","age":0}`, `{"nick":"n","age":null}`} {
		var o out
		if err := json.Unmarshal([]byte(body), &o); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(o); err != nil || string(again) != body {
			t.Errorf("%s came back as %s (%v)", body, again, err)
		}
	}
	var o out
	if err := json.Unmarshal([]byte(`{"age":"x"}`), &o); err == nil || o.Age.IsSet() {
		t.Errorf("a string was let in: %+v, %v", o, err)
	}
}

func TestTextForBytesAndBooleans(t *testing.T) {
	type in struct {
		Bytes []byte `json:"bytes" required:"true"`
		Flag  *bool  `json:"flag"`
	}
	got, errs := bind[in](t, map[string]any{"bytes": []byte(nil), "flag": input.Text{"0"}})
	if errs != nil || got.Bytes != nil || *got.Flag {
		t.Errorf("got %+v, %v", got, errs)
	}
	if _, errs = bind[in](t, map[string]any{"bytes": input.Text{"a", "b"}, "flag": input.Text{"1", "0"}}); len(errs) != 2 {
		t.Errorf("got %v", errs)
	}
}
