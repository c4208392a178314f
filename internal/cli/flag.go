package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/console"
)

const flagHelp = "help"

// flag is an input of an action on the command line. It takes any text, any number of
// times, because the action checks its values.
type flag struct {
	action.Input
	name  string      // of the flag
	given action.Text // nil when the flag was not given
}

var _ pflag.Value = (*flag)(nil)

// Set adds a value.
func (f *flag) Set(value string) error {
	f.given = append(f.given, value)
	return nil
}

// String returns "": the default is in the usage.
func (f *flag) String() string { return "" }

// Type returns the type that help shows for the value. pflag shows nothing for "bool".
func (f *flag) Type() string {
	typ := f.Input.Type
	switch {
	case typ == "boolean":
		return "bool"
	case f.isList():
		typ = f.Items
	case f.Format != "":
		return f.Format
	}
	if typ == "object" {
		return "json"
	}
	return typ
}

func (f *flag) isList() bool { return f.Input.Type == "array" }

func (f *flag) isFile() bool { return f.Input.Type == "file" || f.isList() && f.Items == "file" }

// readsStdin reports whether the value "-" stands for standard input. For other inputs
// it is an ordinary value.
func (f *flag) readsStdin() bool { return f.Secret || f.isFile() || f.Input.Type == "object" }

// list is a flag that may be repeated, so completion offers it again.
type list struct{ *flag }

var _ cobra.SliceValue = list{}

// GetSlice returns the values.
func (l list) GetSlice() []string { return l.given }

// usage returns the help of the flag: the doc of the input, then its rules.
func (f *flag) usage() string {
	var rules []string
	if f.Required {
		rules = append(rules, "required")
	}
	if len(f.Enum) > 0 {
		rules = append(rules, "one of "+strings.Join(f.Enum, ", "))
	}
	if f.Default != "" && !f.Secret {
		rules = append(rules, "default "+f.Default)
	}
	if f.isList() {
		rules = append(rules, "repeatable")
	}
	if f.readsStdin() {
		rules = append(rules, "- reads standard input")
	}
	doc := strings.ReplaceAll(f.Doc, "`", "'") // backquotes would set the name of the value
	switch {
	case len(rules) == 0:
		return doc
	case doc == "":
		return "(" + strings.Join(rules, "; ") + ")"
	}
	return doc + " (" + strings.Join(rules, "; ") + ")"
}

// addFlags adds a flag for each input to cmd, in their order.
func addFlags(cmd *cobra.Command, inputs []action.Input) []*flag {
	cmd.Flags().SortFlags = false
	flags := make([]*flag, len(inputs))
	for i, in := range inputs {
		f := &flag{Input: in, name: flagName(in.Name, inputs)}
		flags[i] = f
		var value pflag.Value = f
		if f.isList() {
			value = list{f}
		}
		added := cmd.Flags().VarPF(value, f.name, "", f.usage())
		if f.Input.Type == "boolean" {
			added.NoOptDefVal = "true"
		}
	}
	return flags
}

// flagName returns the name of an input's flag: the name of the input, with the prefix
// "input-" if every command has a flag of that name.
func flagName(name string, inputs []action.Input) string {
	if !slices.Contains([]string{flagHelp, console.FlagQuiet, flagAs, flagAsRole, flagAsScope}, name) {
		return name
	}
	for {
		name = "input-" + name
		if !slices.ContainsFunc(inputs, func(in action.Input) bool { return in.Name == name }) {
			return name
		}
	}
}
