package connection

// Value returns what the connection holds under key, and makes it with create
// on first use. Packages keep there what lives as long as the connection; as
// with a context, key is of a type of their own. create must not call methods
// of the connection.
func (c *Connection) Value(key any, create func() any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.values[key]
	if !ok {
		value = create()
		if c.values == nil {
			c.values = map[any]any{}
		}
		c.values[key] = value
	}
	return value
}
