package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/connection"
)

// program is one execution of an app's command line.
type program struct {
	App
	root  *cobra.Command
	quiet bool
	stdin string // the flag that has read standard input
}

const (
	groupCommands = "commands"
	groupActions  = "actions"
)

// build makes the tree of commands.
func (p *program) build(args []string) {
	p.root = &cobra.Command{
		Use:               p.Name,
		Version:           p.Version,
		Short:             p.Description,
		Long:              p.about(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	p.root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	p.root.SetIn(p.Stdin)
	p.root.SetOut(p.Stdout)
	p.root.SetErr(p.Stderr)
	p.root.SetFlagErrorFunc(flagError)
	p.root.SetHelpFunc(help)
	p.root.PersistentFlags().BoolVarP(&p.quiet, flagQuiet, "q", p.Quiet, "log warnings and errors only")
	p.root.AddGroup(
		&cobra.Group{ID: groupCommands, Title: "Commands:"},
		&cobra.Group{ID: groupActions, Title: "Actions:"},
	)
	p.addBuiltIns()
	for _, e := range p.Actions {
		if !e.Reachable(connection.CLI) {
			continue
		}
		if err := CheckName(e.Name); err != nil {
			panic(fmt.Sprintf("keryx: action %q: %v", e.Name, err))
		}
		p.root.AddCommand(p.actionCommand(e, completing(args)))
	}
	p.root.InitDefaultHelpFlag()
	p.root.InitDefaultVersionFlag()
}

func (p *program) addBuiltIns() {
	helpCommand := p.helpCommand()
	p.root.SetHelpCommand(helpCommand)
	for _, cmd := range []*cobra.Command{
		p.startCommand(), p.actionsCommand(), p.configCommand(), p.migrateCommand(), p.cacheCommand(), p.completionCommand(),
		helpCommand,
	} {
		cmd.GroupID = groupCommands
		cmd.DisableFlagsInUseLine = true
		p.root.AddCommand(cmd)
	}
}

func (p *program) about() string {
	about := p.Description
	if about != "" {
		about += "\n\n"
	}
	return about + `An action prints its result, or its error, as JSON on standard output; logs go
to standard error. The exit status is 0, or 1 when something failed, or 2 when
the command line was wrong.`
}

// completing tells whether the shell asks for completions.
func completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// checkCommand returns an error when an argument that should name a command
// names none. Cobra would show help and call it a success.
func (p *program) checkCommand(args []string) error {
	if completing(args) {
		return nil
	}
	cmd, rest, _ := p.root.Find(args) // its error says no more than cmd does
	if cmd.Runnable() {
		return nil
	}
	cmd.InitDefaultHelpFlag()
	cmd.FParseErrWhitelist.UnknownFlags = true
	defer func() { cmd.FParseErrWhitelist.UnknownFlags = false }()
	_ = cmd.ParseFlags(rest) // what is wrong with the flags is for Execute to say
	name := cmd.Flags().Arg(0)
	switch {
	case name == "":
		return nil
	case cmd == p.root:
		return p.notFound(name)
	}
	return noCommand(cmd, name)
}

func noCommand(parent *cobra.Command, name string) error {
	return &misuse{
		cmd: parent, message: fmt.Sprintf("%s has no command %q", parent.Name(), name),
		meant: closest(name, commandNames(parent)),
	}
}

// commandNames are the commands that can follow cmd.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}
