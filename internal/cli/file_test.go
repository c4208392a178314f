package cli_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
)

type upload struct {
	File   *action.File   `json:"file"`
	Files  []action.File  `json:"files,omitempty"`
	Secret string         `json:"secret,omitempty" secret:"true"`
	Object map[string]any `json:"object,omitempty"`
}

type stored struct {
	Name, Type string
	Size       int64
	Content    string
}

// uploads has an action that reads its files, each of them twice.
func uploads(r *action.Registry) {
	read := func(f action.File) (stored, error) {
		for range 2 {
			r, err := f.Open()
			if err != nil {
				return stored{}, err
			}
			content, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil {
				return stored{}, err
			}
			if int64(len(content)) != f.Size {
				return stored{}, errors.New("the size is wrong")
			}
			if len(content) > 20 {
				content = content[:20]
			}
			f.Name += "|" + string(content)
		}
		name, content, _ := strings.Cut(f.Name, "|")
		return stored{name, f.Type, f.Size, content}, nil
	}
	action.Handle(r, action.Action{Name: "upload"}, func(_ context.Context, in upload) (any, error) {
		files := in.Files
		if in.File != nil {
			files = append(files, *in.File)
		}
		var out []stored
		for _, f := range files {
			s, err := read(f)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
		return map[string]any{"files": out, "secret": in.Secret, "object": in.Object}, nil
	})
}

func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"a.json": "{}", "page": "<!DOCTYPE html>", "empty": "", "-dash.css": "b{}", "noext": "\x89PNG\r\n\x1a\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"--file a.json":               `[{"Name":"a.json","Type":"application/json","Size":2,"Content":"{}|{}"}]`,
		"--file ./page":               `[{"Name":"page","Type":"text/html","Size":15,"Content":"\u003c!DOCTYPE html\u003e|\u003c!DOCTYPE html\u003e"}]`,
		"--file empty":                `[{"Name":"empty","Type":"text/plain","Size":0,"Content":"|"}]`,
		"--file ./-dash.css":          `[{"Name":"-dash.css","Type":"text/css","Size":3,"Content":"b{}|b{}"}]`,
		"--file noext":                `[{"Name":"noext","Type":"image/png","Size":8,"Content":"\ufffdPNG\r\n\u001a\n|\ufffdPNG\r\n\u001a\n"}]`,
		"--files a.json --files page": `[{"Name":"a.json","Type":"application/json","Size":2,"Content":"{}|{}"},{"Name":"page","Type":"text/html","Size":15,"Content":"\u003c!DOCTYPE html\u003e|\u003c!DOCTYPE html\u003e"}]`,
	} {
		got := execute(t, app(uploads), append([]string{"upload"}, strings.Fields(args)...)...)
		if want := `{"files":` + want + `,"object":null,"secret":""}` + "\n"; got != (outcome{0, want, ""}) {
			t.Errorf("%s: %+v, want %s", args, got, want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("ok", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--file nope":             `file: cannot read the file: stat nope: no such file or directory (nope)`,
		"--file .":                `file: cannot read the file: . is a directory (.)`,
		"--files ok --files nope": `files[1]: cannot read the file: stat nope: no such file or directory (nope)`,
		"--file a --files b":      `file: cannot read the file: stat a: no such file or directory (a); files[0]: cannot read the file: stat b: no such file or directory (b)`,
		"--file ok --file ok":     `file: file must be a single file (<nil>)`,
	} {
		a := app(uploads)
		started := false
		a.Host = &host{run: func(ctx context.Context, do func(context.Context) error) error {
			started = true
			return do(ctx)
		}}
		got := execute(t, a, append([]string{"upload"}, strings.Fields(args)...)...)
		if told := fieldErrors(t, got.stdout); got.code != 1 || told != want || got.stderr != "" {
			t.Errorf("%s: exit %d, %s, want %s", args, got.code, told, want)
		}
		if started && !strings.Contains(want, "single") {
			t.Errorf("%s: the app was started for it", args)
		}
	}
}

func TestStdin(t *testing.T) {
	for _, test := range []struct{ args, stdin, want string }{
		{"--secret -", "s3cret\n", `{"files":null,"object":null,"secret":"s3cret"}`},
		{"--secret -", "s3cret\r\n", `{"files":null,"object":null,"secret":"s3cret"}`},
		{"--secret=-", "two\nlines\n\n", `{"files":null,"object":null,"secret":"two\nlines\n"}`},
		{"--object -", "{\"a\":\n1}\n", `{"files":null,"object":{"a":1},"secret":""}`},
		{"--file -", "abc", `{"files":[{"Name":"stdin","Type":"text/plain","Size":3,"Content":"abc|abc"}],"object":null,"secret":""}`},
	} {
		a := app(uploads)
		a.Stdin = strings.NewReader(test.stdin)
		got := execute(t, a, append([]string{"upload"}, strings.Fields(test.args)...)...)
		if got != (outcome{0, test.want + "\n", ""}) {
			t.Errorf("%s: %+v, want %s", test.args, got, test.want)
		}
	}
}

func TestStdinOnceOnly(t *testing.T) {
	execute(t, app(uploads), "upload", "--secret", "-", "--file", "-").is(t, 2, "",
		"standard input can be read once only: --file and --secret both ask for it\nRun 'demo upload --help' for usage.\n")
	execute(t, app(uploads), "upload", "--files", "-", "--files", "-").is(t, 2, "",
		"standard input can be read once only: --files and --files both ask for it\nRun 'demo upload --help' for usage.\n")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestStdinFails(t *testing.T) {
	a := app(uploads)
	a.Stdin = broken{}
	for flag, want := range map[string]string{
		"secret": "secret: cannot read standard input: input/output error (<nil>)",
		"file":   "file: cannot read the file: input/output error (-)",
	} {
		got := execute(t, a, "upload", "--"+flag, "-")
		if told := fieldErrors(t, got.stdout); got.code != 1 || told != want {
			t.Errorf("exit %d, %s, want %s", got.code, told, want)
		}
	}
}

// TestInterruptedStdin interrupts a command that waits for input that does
// not come.
func TestInterruptedStdin(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	r, w := io.Pipe()
	a := app(uploads)
	a.Stdin = readerFunc(func(b []byte) (int, error) {
		interrupt()
		return r.Read(b)
	})
	got := executeWith(ctx, a, "upload", "--secret", "-")
	if want := "secret: cannot read standard input: context canceled (<nil>)"; got.code != 1 || fieldErrors(t, got.stdout) != want {
		t.Errorf("%+v", got)
	}
	w.Close()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
