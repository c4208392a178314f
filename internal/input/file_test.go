package input_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/keryx-go/keryx/internal/input"
)

func file(name, mediaType string, size int64) input.File {
	return input.NewFile(name, mediaType, size, nil)
}

func TestFileNames(t *testing.T) {
	long := strings.Repeat("ä", 200)
	for given, want := range map[string]string{
		"me.png":                "me.png",
		"../../etc/passwd":      "passwd",
		`C:\Users\me\photo.jpg`: "photo.jpg",
		"/":                     "unnamed", "": "unnamed", ".": "unnamed", "a/..": "unnamed", "\x00": "unnamed", " \t": "unnamed",
		"a\r\nX-Evil: 1.txt":    "aX-Evil: 1.txt",
		"a\x00.php\x7f.png":     "a.php.png",
		"\u202egpj.exe":         "gpj.exe",
		"a\u2028b":              "ab",
		"bad\xff\xfeutf8":       "bad\uFFFDutf8",
		" naïve 日本.txt ":        "naïve 日本.txt",
		".bashrc":               ".bashrc",
		long + ".txt":           strings.Repeat("ä", 125) + ".txt",
		long + "." + long:       strings.Repeat("ä", 127),
		strings.Repeat("a/", 4): "unnamed",
	} {
		if got := file(given, "", 0).Name; got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	for _, seed := range []string{"", "a/b", `a\b`, "..", "a\x00b", "\xff", "\u202ea", strings.Repeat("x", 300) + ".tar.gz", strings.Repeat("€", 90) + " .x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := file(given, "", 0).Name
		switch {
		case name == "", name == ".", name == "..", len(name) > 255, !utf8.ValidString(name),
			strings.ContainsAny(name, `/\`), strings.ContainsFunc(name, unicode.IsControl), path.Join("/dir", name) != "/dir/"+name:
			t.Errorf("%q became %q", given, name)
		}
		if again := file(name, "", 0).Name; again != name {
			t.Errorf("%q became %q, and that %q", given, name, again)
		}
	})
}

func TestMediaTypesOfFiles(t *testing.T) {
	for given, want := range map[string]string{
		"image/png": "image/png", "text/plain; charset=utf-8": "text/plain; charset=utf-8", "": "", "nonsense\x00": "", "a/b; c": "",
	} {
		if got := file("a", given, 0).Type; got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

type filed struct {
	Avatar   *input.File                `json:"avatar" maxSize:"1KB" contentType:"image/*"`
	Papers   []input.File               `json:"papers,omitempty" maxSize:"1KiB" contentType:"application/pdf, text/plain" maxItems:"2"`
	Optional input.Optional[input.File] `json:"optional" maxSize:"10" message:"too much"`
	Plain    []input.File               `json:"plain,omitempty"`
}

func TestFileRules(t *testing.T) {
	png, pdf := file("a.png", "image/png", 1000), file("a.pdf", "application/pdf", 1024)
	for name, test := range map[string]struct {
		params map[string]any
		want   string // the errors
	}{
		"good":             {map[string]any{"avatar": png, "papers": []input.File{pdf, file("t", "text/plain; charset=utf-8", 1)}}, ""},
		"one of a list":    {map[string]any{"papers": pdf}, ""},
		"too large":        {map[string]any{"avatar": file("b.png", "image/png", 1001)}, "avatar: avatar must be at most 1KB (b.png)"},
		"wrong type":       {map[string]any{"avatar": file("x", "text/html", 1)}, "avatar: avatar must be of type image/* (x)"},
		"no type":          {map[string]any{"avatar": file("x", "", 1)}, "avatar: avatar must be of type image/* (x)"},
		"both":             {map[string]any{"avatar": file("x", "imagex/png", 2000)}, "avatar: avatar must be at most 1KB (x); avatar: avatar must be of type image/* (x)"},
		"second of a list": {map[string]any{"papers": []input.File{pdf, file("big", "application/pdf", 1025)}}, "papers[1]: papers[1] must be at most 1KiB (big)"},
		"only one of list": {map[string]any{"papers": []input.File{png}}, "papers[0]: papers[0] must be of type application/pdf or text/plain (a.png)"},
		"from Go code":     {map[string]any{"papers": []any{png}}, "papers[0]: papers[0] must be of type application/pdf or text/plain (a.png)"},
		"own message":      {map[string]any{"optional": file("x", "", 11)}, "optional: too much (x)"},
		"too many":         {map[string]any{"papers": []input.File{pdf, pdf, pdf}}, "papers: papers must have at most 2 items ([{a.pdf application/pdf 1024 <nil>} {a.pdf application/pdf 1024 <nil>} {a.pdf application/pdf 1024 <nil>}])"},
		"text":             {map[string]any{"avatar": input.Text{"hello"}}, "avatar: avatar must be a file (hello)"},
		"two for one":      {map[string]any{"avatar": []input.File{png, png}}, "avatar: avatar must be a single file (<nil>)"},
		"nothing chosen":   {map[string]any{"avatar": input.Text{""}, "papers": input.Text{""}, "optional": input.Text{""}}, ""},
		"null":             {map[string]any{"avatar": nil}, ""},
		"unruled":          {map[string]any{"plain": []input.File{png}}, ""},
	} {
		_, errs := bind[filed](t, test.params)
		var got []string
		for _, e := range errs {
			got = append(got, fmt.Sprintf("%s: %s (%v)", e.Key, e.Message, e.Value))
		}
		if joined := strings.Join(got, "; "); joined != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, joined, test.want)
		}
	}
}

func TestNothingChosenForARequiredFile(t *testing.T) {
	type required struct {
		File input.File `json:"file"`
	}
	_, errs := bind[required](t, map[string]any{"file": input.Text{""}})
	if len(errs) != 1 || errs[0].Message != "Missing required param: file" {
		t.Errorf("got %v", errs)
	}
}

func TestFieldsOfFiles(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[filed]())
	if err != nil {
		t.Fatal(err)
	}
	fields := plan.Fields()
	if f := fields[1]; f.Type != "array" || f.Items != "file" || f.MaxSize != 1024 || fmt.Sprint(f.ContentTypes) != "[application/pdf text/plain]" {
		t.Errorf("got %+v", f)
	}
	if f := fields[3]; f.MaxSize != 0 || f.ContentTypes != nil {
		t.Errorf("got %+v", f)
	}
}

func TestFileRulesThatCannotBe(t *testing.T) {
	for want, typ := range map[string]reflect.Type{
		"have an effect on files and on RawBody only": reflect.TypeFor[struct {
			F string `maxSize:"1MB"`
		}](),
		"and on RawBody only": reflect.TypeFor[struct {
			F map[string]input.File `contentType:"image/*"`
		}](),
		`not "5 parsecs"`: reflect.TypeFor[struct {
			F input.File `maxSize:"5 parsecs"`
		}](),
		`not "0MB"`: reflect.TypeFor[struct {
			F input.File `maxSize:"0MB"`
		}](),
		`not "9223372036854775807KB"`: reflect.TypeFor[struct {
			F input.File `maxSize:"9223372036854775807KB"`
		}](),
		`not ""`: reflect.TypeFor[struct {
			F input.File `maxSize:""`
		}](),
		`not "image"`: reflect.TypeFor[struct {
			F input.File `contentType:"image"`
		}](),
		`not "*/*"`: reflect.TypeFor[struct {
			F input.File `contentType:"*/*"`
		}](),
		`not "image/png,"`: reflect.TypeFor[struct {
			F []input.File `contentType:"image/png,"`
		}](),
		`not "text/plain; charset=utf-8"`: reflect.TypeFor[struct {
			F input.File `contentType:"text/plain; charset=utf-8"`
		}](),
	} {
		if _, err := input.Compile(typ); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// broken is the content of a file that cannot be closed.
type broken struct{ io.Reader }

func (broken) Close() error { return io.ErrClosedPipe }

func TestBytes(t *testing.T) {
	of := func(r io.ReadCloser, err error) input.File {
		return input.NewFile("a", "", 3, func() (io.ReadCloser, error) { return r, err })
	}
	for name, test := range map[string]struct {
		file input.File
		want string
		err  error
	}{
		"content":        {of(io.NopCloser(strings.NewReader("abc")), nil), "abc", nil},
		"nothing":        {of(io.NopCloser(strings.NewReader("")), nil), "", nil},
		"is gone":        {of(nil, fs.ErrNotExist), "", fs.ErrNotExist},
		"breaks off":     {of(io.NopCloser(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(io.ErrUnexpectedEOF))), nil), "ab", io.ErrUnexpectedEOF},
		"does not close": {of(broken{strings.NewReader("abc")}, nil), "abc", io.ErrClosedPipe},
	} {
		got, err := test.file.Bytes()
		if string(got) != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if _, err := (input.File{}).Bytes(); err == nil {
		t.Error("a file that was not uploaded has content")
	}
}
