package keryx

import (
	"context"
	"errors"
	"slices"

	"github.com/keryx-go/keryx/lifecycle"
	"github.com/keryx-go/keryx/redis"
)

// withRedis calls do with the app's connections to Redis, and with nothing else
// started.
func (api *API) withRedis(ctx context.Context, quiet bool, do func(context.Context, *redis.Connections) error) error {
	api.hush(quiet)
	if api.bootErr != nil {
		return api.bootErr
	}
	if err := api.group.Start(ctx, api.steps("redis")); err != nil {
		return plainly(err)
	}
	err := do(ctx, api.Redis)
	return errors.Join(err, api.Stop(context.WithoutCancel(ctx)))
}

// steps are those of an initializer and of what it depends on.
func (api *API) steps(name string) []lifecycle.Step {
	needed := []string{name}
	var steps []lifecycle.Step
	for i := 0; i < len(needed); i++ {
		at := slices.IndexFunc(api.initializers, func(in Initializer) bool { return in.Name == needed[i] })
		if at < 0 {
			continue // the group says who depends on it
		}
		in := api.initializers[at]
		steps = append(steps, lifecycle.Step{
			Name: in.Name, DependsOn: in.DependsOn, Start: api.bound(in.Start), Stop: api.bound(in.Stop),
		})
		for _, dependency := range in.DependsOn {
			if !slices.Contains(needed, dependency) {
				needed = append(needed, dependency)
			}
		}
	}
	return steps
}
