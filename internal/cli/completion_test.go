package cli_test

import (
	"os/exec"
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string // the completions, then the directive: 4 offers no files
	}{
		{[]string{"us"}, "user:create\tCreate a user|user:show\tShow one user|:4"},
		{[]string{"st"}, "start\tStart the server|:4"},
		{[]string{"user:create", "--ro"}, "--role\tWhat the user may do (one of admin, member; default member)|:4"},
		{[]string{"user:create", "--role", ""}, "admin|member|:4"},
		{[]string{"user:create", "--role="}, "admin|member|:4"},
		{[]string{"user:create", "--active="}, "true|false|:4"},
		{[]string{"user:create", "--picture", ""}, ":0"},
		{[]string{"user:create", "--name", ""}, ":4"},
		{[]string{"user:create", ""}, ":4"},
		{[]string{"user:create", "--tags", "a", "--ta"}, "--tags\tAny words (repeatable)|:4"},
		{[]string{"user:create", "--name", "a", "--na"}, ":4"},
		{[]string{"help", "st"}, "start\tStart the server|:4"},
		{[]string{"help", "migrate", "d"}, "down\tRevert the migration that was applied last|:4"},
		{[]string{"migrate", "n"}, "new\tWrite the files of a new, empty migration|:4"},
		{[]string{"completion", "z"}, "zsh|:4"},
	} {
		got := execute(t, withMigrations(), append([]string{"__complete"}, test.args...)...)
		lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
		if list := strings.Join(lines, "|"); got.code != 0 || list != test.want {
			t.Errorf("%v: exit %d, %s, want %s", test.args, got.code, list, test.want)
		}
	}
	execute(t, withMigrations(), "__completeNoDesc", "user:s").
		is(t, 0, "user:show\n:4\n", "Completion ended with directive: ShellCompDirectiveNoFileComp\n")
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := execute(t, app(users), "completion", shell)
		if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "__complete") {
			t.Errorf("%s: %+v", shell, got)
		}
		path, err := exec.LookPath(shell)
		if err != nil || shell == "powershell" { // which has no -n
			continue
		}
		check := exec.Command(path, "-n")
		check.Stdin = strings.NewReader(got.stdout)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s does not parse its script: %v\n%s", shell, err, out)
		}
	}
}
