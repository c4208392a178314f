package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/suggest"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand(root *cobra.Command, out io.Writer) *cobra.Command {
	usage := strings.Join(shells, "|")
	return &cobra.Command{
		Use:   "completion " + usage,
		Short: "Write a script that completes commands in a shell",
		Long: strings.ReplaceAll(`Write a script that completes commands, flags and values in a shell. For the
current session:

  bash        source <(APP completion bash)
  zsh         source <(APP completion zsh)
  fish        APP completion fish | source
  powershell  APP completion powershell | Out-String | Invoke-Expression

For every session, put that line into the shell's startup file.`, "APP", root.Name()),
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("completion needs a shell: " + usage)
			}
			return noArguments(cmd, args[1:])
		},
		RunE: func(_ *cobra.Command, args []string) error { return writeCompletion(root, args[0], out) },
	}
}

func writeCompletion(root *cobra.Command, shell string, w io.Writer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return &misuse{message: fmt.Sprintf("there is no completion for the shell %q", shell), suggestions: suggest.Closest(shell, shells)}
}

// addCompletions registers completions for the values of flags. Cobra keeps
// registrations until the process ends, so only a process that completes makes them.
func addCompletions(cmd *cobra.Command, flags []*flag) {
	for _, f := range flags {
		var complete cobra.CompletionFunc
		switch {
		case f.isFile():
			complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
		case len(f.Enum) > 0:
			complete = cobra.FixedCompletions(f.Enum, cobra.ShellCompDirectiveNoFileComp)
		case f.Type() == "bool":
			complete = cobra.FixedCompletions([]cobra.Completion{"true", "false"}, cobra.ShellCompDirectiveNoFileComp)
		default:
			continue
		}
		// It fails only for a flag that does not exist or is registered twice.
		_ = cmd.RegisterFlagCompletionFunc(f.name, complete)
	}
}
