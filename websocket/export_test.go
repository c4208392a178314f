package websocket

import "time"

// SetRightsInterval makes a server that has not started check subscriptions more often.
func SetRightsInterval(s *Server, d time.Duration) { s.rights.options.RightsInterval = d }
