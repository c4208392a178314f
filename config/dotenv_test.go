package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

func TestDotEnv(t *testing.T) {
	tests := []struct{ name, text, variable, want string }{
		{"plain", "PROCESS_NAME=a", "PROCESS_NAME", "a"},
		{"comments and blank lines", "# one\n\nPROCESS_NAME=a # two\n", "PROCESS_NAME", "a"},
		{"export", "export PROCESS_NAME=a\n", "PROCESS_NAME", "a"},
		{"quotes", "PROCESS_NAME=\"a b\"\n", "PROCESS_NAME", "a b"},
		{"windows", "\ufeffLOG_FORMAT=json\r\nPROCESS_NAME=a\r\n", "PROCESS_NAME", "a"},
		{"empty", "WEB_SECURITY_CSP=\nPROCESS_NAME=a", "WEB_SECURITY_CSP", ""},
		{"twice", "PROCESS_NAME=a\nPROCESS_NAME=b\n", "PROCESS_NAME", "b"},
		{"expansion", "X=a\nPROCESS_NAME=${X}b\n", "PROCESS_NAME", "ab"},
		{"default of an unset variable", "PROCESS_NAME=${X:-d}\n", "PROCESS_NAME", "d"},
		{"default of an empty variable", "X=\nPROCESS_NAME=\"a ${X:-b c} d\"\n", "PROCESS_NAME", "a b c d"},
		{"default of a set variable", "X=set\nPROCESS_NAME=${X:-d}\n", "PROCESS_NAME", "set"},
		{"empty default", "PROCESS_NAME=a${X:-}b\n", "PROCESS_NAME", "ab"},
		{"two defaults", "PROCESS_NAME=${X:-a}-${Y_2:-b}\r\n", "PROCESS_NAME", "a-b"},
		{"default of itself", "PROCESS_NAME=${PROCESS_NAME:-d}\n", "PROCESS_NAME", "d"},
		{"default of a default", "A=${X:-d}\nPROCESS_NAME=${A:-e}${X:-f}\n", "PROCESS_NAME", "df"},
		{"default in a URL", "REDIS_URL=redis://${HOST:-localhost}:${PORT:-6379}/0\n", "REDIS_URL", "redis://localhost:6379/0"},
		{"single quotes keep defaults", "PROCESS_NAME='${X:-d} ${Y:+e} ${Z'", "PROCESS_NAME", "${X:-d} ${Y:+e} ${Z"},
		{"a variable of single quotes", "A='${X:-d}'\nPROCESS_NAME=${A}\n", "PROCESS_NAME", "${X:-d}"},
		{"a backslash keeps defaults", `PROCESS_NAME=\${X:-d}`, "PROCESS_NAME", "${X:-d}"},
		{"comments may have anything", "# ${X:?}\nPROCESS_NAME=a # ${X:?\n", "PROCESS_NAME", "a"},
		{"single quotes keep dollars", "PROCESS_NAME='a${X}'\n", "PROCESS_NAME", "a${X}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile(".env", []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := keryx.LoadConfig(config.Options{Environ: []string{}})
			if err != nil {
				t.Fatal(err)
			}
			if got := setting(t, c, tt.variable); got.Value != tt.want || got.Source != ".env" {
				t.Errorf("got %+v; want %q from .env", got, tt.want)
			}
		})
	}
}

func TestDotEnvSyntax(t *testing.T) {
	const (
		noVariable = "not a variable; expected NAME=value, the value in quotes if it goes over several lines"
		openQuote  = "a quote is opened and not closed"
		noExpand   = "cannot expand this ${…}; expected ${NAME} or ${NAME:-default}, or the text in single quotes, where it stays as it is"
	)
	tests := []struct{ name, text, want string }{
		{"first line", "hunter2\nA=b\n", "line 1: " + noVariable},
		{"after comments", "A=b\n\n# note\n\nhunter2 !\nC=d\n", "line 5: " + noVariable},
		{"last line without an end", "A=b\nhunter2", "line 2: " + noVariable},
		{"other expansion", "A=b\nC=${X:?hunter2}\n", "line 2: " + noExpand},
		{"other expansion, quoted", "A=b\n\nC=\"${X:+hunter2}\"\n", "line 3: " + noExpand},
		{"default of unset only", "C=${X-hunter2}\n", "line 1: " + noExpand},
		{"default within a default", "C=${X:-${Y:-hunter2}}\n", "line 1: " + noExpand},
		{"open brace", "A=b\nC=${X:-hunter2\n", "line 2: " + noExpand},
		{"comment in a default", "C=${X:-a # hunter2}\n", "line 1: " + noExpand},
		{"no name", "A=b\n=hunter2\n", "line 2: " + noVariable},
		{"dash in the name", "A=b\nC-D=hunter2\n", "line 2: " + noVariable},
		{"text after the quote", "A=\"b\nc\" hunter2 !\n", "line 1: " + noVariable},
		{"open quote", "A=b\nC=\"hunter2\nD=e\n", "line 2: " + openQuote},
		{"open single quote", "A='b\n\nc'\nC='hunter2\nD=e\nF=g", "line 4: " + openQuote},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "broken.env")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := keryx.LoadConfig(config.Options{Environ: []string{"CLI_QUIET=maybe", "WEB_SERVER_PORT=9"}, DotEnv: file})
			want := file + ", " + tt.want + "\n" + `CLI_QUIET="maybe" (from environment): not a boolean; expected true or false`
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if c.Server.Web.Port != 9 {
				t.Error("the environment was not read")
			}
		})
	}
}

func TestDotEnvUnreadable(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.env")
	if err := os.WriteFile(large, []byte(strings.Repeat("# filler\n", 1<<17)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, want string }{
		{"directory", dir, "it is a directory"},
		{"large", large, "it is larger than 1 MiB"},
		{"below a file", filepath.Join(large, ".env"), "not a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := keryx.LoadConfig(config.Options{Environ: []string{}, DotEnv: tt.path})
			if err == nil || !strings.HasPrefix(err.Error(), "cannot read the settings in "+tt.path+": ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %s", err, tt.want)
			}
		})
	}
}

func TestDotEnvAbsent(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"", "-", "none.env", filepath.Join("none", ".env")} {
		if _, err := keryx.LoadConfig(config.Options{Environ: []string{}, DotEnv: path}); err != nil {
			t.Errorf("DotEnv %q: %v", path, err)
		}
	}
	if err := os.WriteFile(".env", []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keryx.LoadConfig(config.Options{Environ: []string{}, DotEnv: "-"}); err != nil {
		t.Errorf("a file that is not asked for was read: %v", err)
	}
	if _, err := keryx.LoadConfig(config.Options{Environ: []string{}}); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v; want the error of the file", err)
	}
}
