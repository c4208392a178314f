package console

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Confirm asks a question on the error output of a command and reports whether the
// answer on its input is yes. It returns an error when ctx ends first; the read
// from the input then goes on in a goroutine, since it cannot be cancelled.
func Confirm(ctx context.Context, cmd *cobra.Command, question string) (bool, error) {
	w := cmd.ErrOrStderr()
	fmt.Fprint(w, question, " [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // what was read before an error is an answer too
		answer <- line
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(w)
		return false, ctx.Err()
	case line := <-answer:
		if !strings.HasSuffix(line, "\n") {
			fmt.Fprintln(w)
		}
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line))), nil
	}
}
