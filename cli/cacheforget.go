package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/cli/internal/keyspace"
)

var errNothingRemoved = errors.New("nothing was removed")

// forgetting is what `cache forget` was asked for.
type forgetting struct {
	pattern     string
	dryRun, yes bool
}

func (p *program) cacheForgetCommand() *cobra.Command {
	var f forgetting
	cmd := &cobra.Command{
		Use:   "forget KEY... | --pattern P",
		Short: "Remove keys, or all keys that match a pattern",
		Long: `Remove keys, or all keys that match a pattern: in it * is any text, ? one sign,
[ab] one of several, and \ takes the meaning from the next sign. The keys that
match are counted first, and removed when you say so.`,
		Args: func(cmd *cobra.Command, args []string) error { return p.checkForget(cmd, args, f) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withRedis(cmd, func(ctx context.Context, rdb goredis.UniversalClient) error {
				if len(args) > 0 {
					return p.forgetKeys(ctx, rdb, args)
				}
				return p.forgetPattern(ctx, rdb, f)
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.pattern, "pattern", "", "remove the keys that match, such as 'cache:user:*'")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "count the keys and remove nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "remove them without asking")
	return cmd
}

// checkForget refuses what would do something else than it says.
func (p *program) checkForget(cmd *cobra.Command, keys []string, f forgetting) error {
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
	case strings.Trim(f.pattern, "*") == "":
		wrong = "the pattern matches every key: use redis-cli flushdb if that is meant"
	case !f.dryRun && !f.yes && !terminal(p.Stdin):
		wrong = "there is no terminal to ask whether to remove the keys: add --yes, or --dry-run to count them"
	}
	if wrong == "" {
		return nil
	}
	return &misuse{cmd: cmd, message: wrong}
}

func (p *program) forgetKeys(ctx context.Context, rdb goredis.UniversalClient, keys []string) error {
	n, err := cache.Forget(ctx, rdb, keys...)
	if err != nil {
		return fmt.Errorf("%d of %s removed: %w", n, count(int64(len(keys)), "key"), err)
	}
	return p.write(fmt.Appendf(nil, "removed %d of %s\n", n, count(int64(len(keys)), "key")))
}

// forgetPattern counts, asks, and removes.
func (p *program) forgetPattern(ctx context.Context, rdb goredis.UniversalClient, f forgetting) error {
	found, err := p.countMatches(ctx, rdb, f.pattern)
	if err != nil {
		return err
	}
	if found == 0 {
		return p.write([]byte("no key matches " + f.pattern + "\n"))
	}
	about, err := matches(ctx, rdb, f.pattern, found)
	if err != nil {
		return err
	}
	if err := p.write([]byte(about + "\n")); err != nil || f.dryRun {
		return err
	}
	if !f.yes {
		yes, err := p.confirm(ctx, "Remove "+count(found, "key")+"?")
		switch {
		case err != nil:
			return fmt.Errorf("interrupted: %w", errNothingRemoved)
		case !yes:
			return errNothingRemoved
		}
	}
	return p.removeMatches(ctx, rdb, f.pattern, found)
}

func (p *program) countMatches(ctx context.Context, rdb goredis.UniversalClient, pattern string) (int64, error) {
	bar := p.progress()
	found, err := cache.ForgetPattern(ctx, rdb, pattern, cache.DryRun(), cache.Progress(func(now cache.PatternProgress) {
		bar.show(now.Scanned, now.Total, fmt.Sprintf("%s found", count(now.Found, "key")))
	}))
	bar.clear()
	if err != nil && ctx.Err() != nil {
		return 0, fmt.Errorf("interrupted: %w", errNothingRemoved)
	}
	return found, err
}

// matches tells how many keys match, with some of them where that is cheap.
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
		examples[i] = printable(key)
	}
	return about + ": " + strings.Join(examples, ", "), nil
}

func (p *program) removeMatches(ctx context.Context, rdb goredis.UniversalClient, pattern string, found int64) error {
	bar := p.progress()
	removed, err := cache.ForgetPattern(ctx, rdb, pattern, cache.Progress(func(now cache.PatternProgress) {
		bar.show(now.Scanned, now.Total, fmt.Sprintf("%d of %s removed", now.Removed, count(found, "key")))
	}))
	bar.clear()
	if err == nil {
		return p.write([]byte("removed " + count(removed, "key") + "\n"))
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %d of %s removed", removed, count(found, "key"))
	}
	return fmt.Errorf("%d of %s removed: %w", removed, count(found, "key"), err)
}
