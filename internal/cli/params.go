package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// params are what the flags say. What is read from files and standard input
// is read now, so that a file that is not there is found before the app
// starts.
func (p *program) params(cmd *cobra.Command, flags []*flag) (action.Params, error) {
	params := action.Params{}
	var bad []fault.FieldError
	for _, f := range flags {
		if f.given == nil {
			continue
		}
		if err := p.claimStdin(f); err != nil {
			return nil, err
		}
		value, errs := p.value(cmd.Context(), f)
		params[f.Name] = value
		bad = append(bad, errs...)
	}
	if len(bad) > 0 {
		return nil, p.printError(&fault.Error{
			Type:    fault.ConnectionActionParamRequired,
			Message: bad[0].Message, Key: bad[0].Key, Value: bad[0].Value, Errors: bad,
		})
	}
	return params, nil
}

// claimStdin makes sure that standard input is read once.
func (p *program) claimStdin(f *flag) error {
	if !f.readsStdin() {
		return nil
	}
	for _, given := range f.given {
		if given != stdin {
			continue
		}
		if p.stdin != "" {
			return &misuse{message: fmt.Sprintf(
				"standard input can be read once only: --%s and --%s both ask for it", p.stdin, f.name)}
		}
		p.stdin = f.name
	}
	return nil
}

// value is the parameter that a flag was given, or what is wrong with it.
func (p *program) value(ctx context.Context, f *flag) (any, []fault.FieldError) {
	if f.isFile() {
		return p.files(ctx, f)
	}
	if !f.readsStdin() {
		return f.given, nil
	}
	text := append(action.Text{}, f.given...)
	for i, given := range text {
		if given != stdin {
			continue
		}
		content, err := readAll(ctx, p.openStdin)
		if err != nil {
			return nil, []fault.FieldError{{Message: "cannot read standard input: " + err.Error(), Key: f.Name}}
		}
		text[i] = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	}
	return text, nil
}

// files are the files that a flag names.
func (p *program) files(ctx context.Context, f *flag) (any, []fault.FieldError) {
	files := make([]action.File, len(f.given))
	var errs []fault.FieldError
	for i, path := range f.given {
		file, err := p.file(ctx, path)
		if err != nil {
			key := f.Name
			if f.isList() {
				key = fmt.Sprintf("%s[%d]", f.Name, i)
			}
			errs = append(errs, fault.FieldError{Message: "cannot read the file: " + err.Error(), Key: key, Value: path})
		}
		files[i] = file
	}
	return files, errs
}
