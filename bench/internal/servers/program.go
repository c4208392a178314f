package servers

import "github.com/keryx-go/keryx/bench/internal/process"

// program is a server that the harness builds and starts.
type program struct {
	name string
	// dir is the directory of the program's module, relative to that of the benchmark.
	// The program runs there. pkg is the package in it.
	dir, pkg string
	// path is the path of the request.
	path string
	// command returns the arguments and the environment for one start.
	command func(setting) (args, env []string)
	// unloaded programs are only booted and measured for memory. Their answer does not
	// matter.
	unloaded bool
	// ours programs are highlighted in the chart.
	ours bool
}

// setting is the configuration of one start.
type setting struct {
	host, port string
	// redis is the URL of a database that no other program uses.
	redis string
	// answer is the file with the expected answer.
	answer string
}

// baseline is the program that the others are compared with.
const baseline = "raw-redis"

// reference is the program whose answer the others must give, when it takes part.
const reference = "keryx"

// programs returns the table of servers under test.
func programs() []program {
	return []program{
		{name: baseline, dir: ".", pkg: "./servers/handwritten", path: "/api/user/1", command: flags("redis")},
		{name: reference, dir: "..", pkg: "./examples/caching", path: "/api/user/1", command: example(""), ours: true},
		{
			name: "keryx-embedded", dir: "..", pkg: "./examples/caching", path: "/api/user/1",
			command: example("embedded://"), unloaded: true, ours: true,
		},
		{name: "constant", dir: ".", pkg: "./servers/constant", path: "/api/user/1", command: flags("")},
	}
}

// names returns the names of all programs.
func names() []string {
	var names []string
	for _, p := range programs() {
		names = append(names, p.name)
	}
	return names
}

// flags returns the command of the servers of this module. redis is the name of the
// flag for the Redis URL, or "" when there is none.
func flags(redis string) func(setting) ([]string, []string) {
	return func(s setting) ([]string, []string) {
		args := []string{"--listen", s.host + ":" + s.port, "--answer", s.answer}
		if redis != "" {
			args = append(args, "--"+redis, s.redis)
		}
		return args, process.Environment()
	}
}

// example returns the command of the framework's examples. redis replaces the Redis URL
// of the run, unless it is "".
func example(redis string) func(setting) ([]string, []string) {
	return func(s setting) ([]string, []string) {
		url := s.redis
		if redis != "" {
			url = redis
		}
		return []string{"start"}, process.Environment(
			"WEB_SERVER_HOST="+s.host, "WEB_SERVER_PORT="+s.port,
			"REDIS_URL="+url, "DATABASE_URL=sqlite://:memory:", "LOG_LEVEL=warn",
		)
	}
}
