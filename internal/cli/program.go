package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/internal/suggest"
)

// program is one execution of an app's command line.
type program struct {
	App
	root  *cobra.Command
	out   *printer
	quiet bool
}

const (
	groupCommands = "commands"
	groupActions  = "actions"
)

// newProgram makes the tree of commands.
func newProgram(app App, args []string) *program {
	p := &program{App: app, out: &printer{app.Stdout, app.Stderr, app.IncludeStack}}
	p.root = &cobra.Command{
		Use:               p.Name,
		Version:           p.Version,
		Short:             p.Description,
		Long:              about(p.Description),
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
	p.root.PersistentFlags().BoolVarP(&p.quiet, console.FlagQuiet, "q", p.Quiet, "log warnings and errors only")
	p.root.AddGroup(
		&cobra.Group{ID: groupCommands, Title: "Commands:"},
		&cobra.Group{ID: groupActions, Title: "Actions:"},
	)
	p.addCommands()
	p.addActions(completing(args))
	p.root.InitDefaultHelpFlag()
	p.root.InitDefaultVersionFlag()
	return p
}

// addCommands adds the built-in commands and those of the app's parts.
func (p *program) addCommands() {
	help := helpCommand(p.root)
	p.root.SetHelpCommand(help)
	own := []*cobra.Command{
		startCommand(p.Host), actionsCommand(p.Actions, p.APIRoute, p.Stdout), configCommand(p.Host, p.Stdout),
		completionCommand(p.root, p.Stdout), help,
	}
	for _, cmd := range append(own, p.Commands...) {
		if p.hasCommand(cmd.Name()) {
			panic(fmt.Sprintf("keryx: two commands are named %q", cmd.Name()))
		}
		cmd.GroupID = groupCommands
		withoutFlagsInUse(cmd)
		p.prepare(cmd)
		p.root.AddCommand(cmd)
	}
}

// withoutFlagsInUse removes "[flags]" from the usage of a command and its subcommands.
func withoutFlagsInUse(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	for _, below := range cmd.Commands() {
		withoutFlagsInUse(below)
	}
}

// addActions adds a command for each action that the command line reaches.
func (p *program) addActions(completing bool) {
	r := &runner{p.Host, newParamReader(p.Stdin), p.out}
	for _, e := range p.Actions {
		if !e.Reachable(connection.CLI) {
			continue
		}
		err := CheckName(e.Name)
		if err == nil && p.hasCommand(e.Name) {
			err = fmt.Errorf("the command line has a command %q of its own; rename the action", e.Name)
		}
		if err != nil {
			panic(fmt.Sprintf("keryx: action %q: %v", e.Name, err))
		}
		cmd := actionCommand(e, route(e, p.APIRoute), r, completing)
		p.prepare(cmd)
		p.root.AddCommand(cmd)
	}
}

func (p *program) hasCommand(name string) bool {
	return slices.ContainsFunc(p.root.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
}

// prepare makes a command and its subcommands follow --quiet, and turns their errors
// into failures.
func (p *program) prepare(cmd *cobra.Command) {
	for _, below := range cmd.Commands() {
		p.prepare(below)
	}
	run := cmd.RunE
	if plain := cmd.Run; run == nil && plain != nil {
		run = func(cmd *cobra.Command, args []string) error { plain(cmd, args); return nil }
	}
	if run == nil {
		return
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if p.quiet && p.Host != nil {
			p.Host.SetQuiet()
		}
		err := run(cmd, args)
		var m *misuse
		if err == nil || errors.As(err, &m) {
			return err
		}
		return failure{err}
	}
}

// about returns the help of the program.
func about(description string) string {
	about := description
	if about != "" {
		about += "\n\n"
	}
	return about + `An action prints its result or its error as JSON on standard output. Logs go to
standard error. The exit status is 0 on success, 1 on failure, and 2 for a wrong
command line.`
}

// completing reports whether the shell requests completions.
func completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// checkCommand returns an error when an argument in the place of a command is not one.
// Cobra would show help and report success.
func (p *program) checkCommand(args []string) error {
	if completing(args) {
		return nil
	}
	cmd, rest, _ := p.root.Find(args) // its error says no more than cmd
	if cmd.Runnable() {
		return nil
	}
	cmd.InitDefaultHelpFlag()
	cmd.FParseErrWhitelist.UnknownFlags = true
	defer func() { cmd.FParseErrWhitelist.UnknownFlags = false }()
	_ = cmd.ParseFlags(rest) // errors of flags are left to Execute
	name := cmd.Flags().Arg(0)
	switch {
	case name == "":
		return nil
	case cmd == p.root:
		return p.out.notFound(p.root, name)
	}
	return noCommand(cmd, name)
}

func noCommand(parent *cobra.Command, name string) error {
	return &misuse{
		cmd: parent, message: fmt.Sprintf("%s has no command %q", parent.Name(), name),
		suggestions: suggest.Closest(name, commandNames(parent)),
	}
}

// commandNames returns the names of the subcommands of cmd.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}
