package cachecmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/cachecmd/keyspace"
	"github.com/keryx-go/keryx/internal/console"
)

func getCommand(r *runner) *cobra.Command {
	return &cobra.Command{
		Use:   "get KEY",
		Short: "Print the value of a key",
		Long: `Print the value of a key. On a terminal JSON is indented; elsewhere the bytes are
those in Redis. A value that is not a string is printed as JSON, up to its first
1000 elements. A missing key is a failure, and so is one that is being loaded.`,
		Args: oneKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.with(cmd, func(ctx context.Context, rdb goredis.UniversalClient) error {
				v, err := keyspace.Read(ctx, rdb, args[0])
				switch {
				case err != nil:
					return fmt.Errorf("%s: %w", args[0], err)
				case v.Lease != "":
					return fmt.Errorf("%s: being loaded (lease %s, for %s unless it is renewed)",
						args[0], v.Lease, human(v.Left))
				case v.Type == "string":
					return printText(cmd, v.Text)
				}
				return printElements(cmd, v)
			})
		},
	}
}

// printText writes a value unchanged, or on a terminal in a readable form.
func printText(cmd *cobra.Command, text string) error {
	if console.IsTerminal(cmd.OutOrStdout()) {
		text = readable(text) + "\n"
	}
	return write(cmd, text)
}

// readable returns text with its JSON indented. Text with control characters is quoted,
// because a terminal would interpret them.
func readable(text string) string {
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(strings.TrimSpace(text)), "", "  ") == nil {
		text = indented.String()
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) {
		return strconv.Quote(text)
	}
	return text
}

// printElements writes a value that is not a string.
func printElements(cmd *cobra.Command, v keyspace.Value) error {
	encoded, err := json.Marshal(v.Elements)
	if err != nil {
		return fmt.Errorf("it cannot be shown as JSON: %w", err)
	}
	if !console.Quiet(cmd) {
		about := fmt.Sprintf("a %s of %s", v.Type, count(v.Length, "element"))
		if int64(v.Shown) < v.Length {
			about += fmt.Sprintf(", of which these are %d", v.Shown)
		}
		fmt.Fprintln(cmd.ErrOrStderr(), about)
	}
	if console.IsTerminal(cmd.OutOrStdout()) {
		return write(cmd, readable(string(encoded))+"\n")
	}
	return write(cmd, string(encoded)+"\n")
}

// count returns a number of things: "1 key", "2 keys".
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
