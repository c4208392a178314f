package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// paramReader reads the parameters of an action from flags, files and standard input.
type paramReader struct {
	openStdin func() (io.ReadCloser, error)
	claimed   string // the flag that has read standard input
}

func newParamReader(stdin io.Reader) *paramReader {
	return &paramReader{openStdin: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }}
}

// read returns the parameters of the flags. It reads files and standard input before
// the app starts, so that a missing file is found first. The error is a [*misuse], or a
// [*fault.Error] for the wire.
func (r *paramReader) read(ctx context.Context, flags []*flag) (action.Params, error) {
	params := action.Params{}
	var bad []fault.FieldError
	for _, f := range flags {
		if f.given == nil {
			continue
		}
		if err := r.claimStdin(f); err != nil {
			return nil, err
		}
		value, errs := r.value(ctx, f)
		params[f.Name] = value
		bad = append(bad, errs...)
	}
	if len(bad) > 0 {
		return nil, &fault.Error{
			Type:    fault.ConnectionActionParamRequired,
			Message: bad[0].Message, Key: bad[0].Key, Value: bad[0].Value, Errors: bad,
		}
	}
	return params, nil
}

// claimStdin returns an error when standard input would be read twice.
func (r *paramReader) claimStdin(f *flag) error {
	if !f.readsStdin() {
		return nil
	}
	for _, given := range f.given {
		if given != stdin {
			continue
		}
		if r.claimed != "" {
			return &misuse{message: fmt.Sprintf(
				"standard input can be read once only: --%s and --%s both ask for it", r.claimed, f.name)}
		}
		r.claimed = f.name
	}
	return nil
}

// value returns the parameter of a flag, or its errors.
func (r *paramReader) value(ctx context.Context, f *flag) (any, []fault.FieldError) {
	if f.isFile() {
		return r.files(ctx, f)
	}
	if !f.readsStdin() {
		return f.given, nil
	}
	text := append(action.Text{}, f.given...)
	for i, given := range text {
		if given != stdin {
			continue
		}
		content, err := readAll(ctx, r.openStdin)
		if err != nil {
			return nil, []fault.FieldError{{Message: "cannot read standard input: " + err.Error(), Key: f.Name}}
		}
		text[i] = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	}
	return text, nil
}

// files returns the files of a flag.
func (r *paramReader) files(ctx context.Context, f *flag) (any, []fault.FieldError) {
	files := make([]action.File, len(f.given))
	var errs []fault.FieldError
	for i, path := range f.given {
		file, err := file(ctx, path, r.openStdin)
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
