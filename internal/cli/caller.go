package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
)

// The flags of an action's command that say who is calling.
const (
	flagAs      = "as"
	flagAsRole  = "as-role"
	flagAsScope = "as-scope"
)

// Caller is the user or client that an action is run as.
type Caller struct {
	// As is the value of --as: a subject, or what else the app resolves to one.
	As string
	// Roles and Scopes are the values of --as-role and --as-scope.
	Roles, Scopes []string
}

// callerFlags are the flags of one command.
type callerFlags struct {
	cmd    *cobra.Command
	caller Caller
}

// addCallerFlags adds the flags to the command of an action.
func addCallerFlags(cmd *cobra.Command) *callerFlags {
	f := &callerFlags{cmd: cmd}
	flags := cmd.Flags()
	flags.StringVar(&f.caller.As, flagAs, "", "run the action as this `user`")
	flags.StringArrayVar(&f.caller.Roles, flagAsRole, nil, "with this `role` (repeatable)")
	flags.StringArrayVar(&f.caller.Scopes, flagAsScope, nil, "with this `scope` only (repeatable)")
	return f
}

// read returns the caller that the flags name, or nil for an anonymous one.
func (f *callerFlags) read(host Host) (*Caller, error) {
	changed := f.cmd.Flags().Changed
	given := slices.ContainsFunc([]string{flagAs, flagAsRole, flagAsScope}, changed)
	switch {
	case !given:
		return nil, nil
	case f.caller.As == "":
		return nil, &misuse{message: "--" + flagAs + " needs the user to run the action as"}
	}
	if err := host.AllowAs(); err != nil {
		return nil, err
	}
	return &f.caller, nil
}

// attach returns ctx with the caller.
func (c *Caller) attach(ctx context.Context, host Host) (context.Context, error) {
	if c == nil {
		return ctx, nil
	}
	return host.As(ctx, *c)
}
