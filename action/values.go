package action

import "context"

// valuesContext is a context with the values of another one.
type valuesContext struct {
	context.Context
	values context.Context
}

// withValues returns ctx with the values of another context, which may have ended. A
// nil one has none.
func withValues(ctx, values context.Context) context.Context {
	if values == nil {
		return ctx
	}
	// Package context finds the cause of an end by Value: WithoutCancel hides that of values.
	return valuesContext{ctx, context.WithoutCancel(values)}
}

func (c valuesContext) Value(key any) any {
	if value := c.values.Value(key); value != nil {
		return value
	}
	return c.Context.Value(key)
}
