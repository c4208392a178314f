package process

import "os"

// inherited are the variables that any program may need. A server under test gets no
// others, so that the settings of a shell do not change results.
var inherited = []string{"PATH", "HOME", "TMPDIR"}

// Environment returns a small environment with the given NAME=value pairs.
func Environment(pairs ...string) []string {
	var env []string
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, pairs...)
}
