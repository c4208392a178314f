package channel

// Before returns the position of the message before m.
func Before(m *Message) string { return m.before }
