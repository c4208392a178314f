package cachecmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/cachecmd/keyspace"
	"github.com/keryx-go/keryx/internal/console"
)

var errNothingRemoved = errors.New("nothing was removed")

// forgetFlags are the flags of `cache forget`.
type forgetFlags struct {
	pattern     string
	dryRun, yes bool
}

func forgetCommand(r *runner) *cobra.Command {
	var f forgetFlags
	cmd := &cobra.Command{
		Use:   "forget KEY... | --pattern P",
		Short: "Remove keys, or all keys that match a pattern",
		Long: `Remove keys, or all keys that match a pattern. In a pattern, * matches any text,
? one character, and [ab] one of several characters; \ makes the next character
literal. Matching keys are counted first, and removed after you confirm.`,
		Args: func(cmd *cobra.Command, args []string) error { return f.check(cmd, args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.with(cmd, func(ctx context.Context, rdb goredis.UniversalClient) error {
				if len(args) > 0 {
					return forgetKeys(ctx, cmd, rdb, args)
				}
				return f.forgetPattern(ctx, cmd, rdb)
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.pattern, "pattern", "", "remove the keys that match, such as 'cache:user:*'")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "count the keys and remove nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "remove the keys without asking")
	return cmd
}

// check returns an error for arguments and flags that contradict each other, or that
// may remove more keys than intended.
func (f forgetFlags) check(cmd *cobra.Command, keys []string) error {
	wrong := ""
	switch byPattern := cmd.Flags().Changed("pattern"); {
	case byPattern && len(keys) > 0:
		wrong = "cache forget takes keys or a pattern, not both; quote a pattern, or the shell may replace it"
	case !byPattern && (f.dryRun || f.yes):
		wrong = "--dry-run and --yes go with --pattern"
	case !byPattern && len(keys) == 0:
		wrong = "cache forget needs keys, such as cache:user:1, or --pattern"
	case !byPattern:
	case f.pattern == "":
		wrong = "the pattern is empty: it would match no key"
	case strings.Contains(f.pattern, "*") && strings.Trim(f.pattern, "*?") == "":
		wrong = "the pattern matches every key: use redis-cli flushdb to remove all keys"
	case !f.dryRun && !f.yes && !console.IsTerminal(cmd.InOrStdin()):
		wrong = "there is no terminal to ask whether to remove the keys: add --yes, or --dry-run to count them"
	}
	if wrong == "" {
		return nil
	}
	return errors.New(wrong)
}

func forgetKeys(ctx context.Context, cmd *cobra.Command, rdb goredis.UniversalClient, keys []string) error {
	n, err := cache.Forget(ctx, rdb, keys...)
	if err != nil {
		return fmt.Errorf("%d of %s removed: %w", n, count(int64(len(keys)), "key"), err)
	}
	return write(cmd, fmt.Sprintf("removed %d of %s\n", n, count(int64(len(keys)), "key")))
}

// forgetPattern counts the matching keys, asks for a confirmation, and removes them.
func (f forgetFlags) forgetPattern(ctx context.Context, cmd *cobra.Command, rdb goredis.UniversalClient) error {
	found, err := countMatches(ctx, cmd, rdb, f.pattern)
	if err != nil {
		return err
	}
	if found == 0 {
		return write(cmd, "no key matches "+f.pattern+"\n")
	}
	about, err := matches(ctx, rdb, f.pattern, found)
	if err != nil {
		return err
	}
	if err := write(cmd, about+"\n"); err != nil || f.dryRun {
		return err
	}
	if !f.yes {
		yes, err := console.Confirm(ctx, cmd, "Remove "+count(found, "key")+"?")
		switch {
		case err != nil:
			return fmt.Errorf("interrupted: %w", errNothingRemoved)
		case !yes:
			return errNothingRemoved
		}
	}
	return removeMatches(ctx, cmd, rdb, f.pattern, found)
}

func countMatches(ctx context.Context, cmd *cobra.Command, rdb goredis.UniversalClient, pattern string) (int64, error) {
	bar := console.NewBar(cmd)
	found, err := cache.ForgetPattern(ctx, rdb, pattern, cache.DryRun(), cache.Progress(func(now cache.PatternProgress) {
		bar.Show(now.Scanned, now.Total, fmt.Sprintf("%s found", count(now.Found, "key")))
	}))
	bar.Clear()
	if err != nil && ctx.Err() != nil {
		return 0, fmt.Errorf("interrupted: %w", errNothingRemoved)
	}
	return found, err
}

// matches describes how many keys match, and names some of them if finding them is
// cheap.
func matches(ctx context.Context, rdb goredis.UniversalClient, pattern string, found int64) (string, error) {
	const some = 3
	examples, err := keyspace.Examples(ctx, rdb, pattern, some)
	if err != nil {
		return "", err
	}
	about := fmt.Sprintf("%s match", count(found, "key"))
	if found == 1 {
		about += "es"
	}
	about += " " + pattern
	if len(examples) == 0 {
		return about, nil
	}
	if int64(len(examples)) < found {
		examples = append(examples, "…")
	}
	for i, key := range examples {
		examples[i] = console.Printable(key)
	}
	return about + ": " + strings.Join(examples, ", "), nil
}

func removeMatches(ctx context.Context, cmd *cobra.Command, rdb goredis.UniversalClient, pattern string, found int64) error {
	bar := console.NewBar(cmd)
	removed, err := cache.ForgetPattern(ctx, rdb, pattern, cache.Progress(func(now cache.PatternProgress) {
		bar.Show(now.Scanned, now.Total, fmt.Sprintf("%d of %s removed", now.Removed, count(found, "key")))
	}))
	bar.Clear()
	if err == nil {
		return write(cmd, "removed "+count(removed, "key")+"\n")
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: at least %d of %s removed", removed, count(found, "key")) // and what Redis was about to remove
	}
	return fmt.Errorf("%d of %s removed: %w", removed, count(found, "key"), err)
}
