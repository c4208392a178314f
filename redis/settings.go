package redis

// Settings are the REDIS_* settings of the two connections.
type Settings struct {
	ConnectionString string `env:"REDIS_URL" envDefault:"redis://localhost:6379/0" format:"url" doc:"The Redis server: redis://, rediss://, unix://, redis+cluster://, redis+sentinel:// or embedded://."`
	KeyPrefix        string `env:"REDIS_KEY_PREFIX" doc:"What the names of the framework's keys and topics begin with, so that several apps can share one Redis: shop: for example. Letters, digits and : . _ - / only."`
	ClientSideCache  bool   `env:"REDIS_CLIENT_SIDE_CACHE" envDefault:"false" doc:"Whether the client caches reads in its own memory until Redis reports a change. Reads may lag behind writes, including the client's own. Only for database 0 of a single server."`
}

// Validate returns an error for a prefix that keys cannot have.
func (s *Settings) Validate() error { return checkPrefix(s.KeyPrefix, "REDIS_KEY_PREFIX") }
