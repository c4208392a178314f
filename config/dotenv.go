package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// maxDotEnv is the maximum size of a .env file, in bytes.
const maxDotEnv = 1 << 20

// readDotEnv returns the name of the .env file and its variables. The errors do not
// quote the file, because it contains passwords.
func readDotEnv(path string) (name string, values map[string]string, err error) {
	switch path {
	case "-":
		return "", nil, nil
	case "":
		path = ".env"
	}
	text, err := readSmallFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	if err != nil {
		return path, nil, fmt.Errorf("cannot read the settings in %s: %w", path, err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	values, err = godotenv.UnmarshalBytes(mark(text))
	if _, nameless := values[""]; err != nil || nameless {
		return path, nil, fmt.Errorf("%s, line %d: %s", path, failingLine(text), syntaxReason(err))
	}
	for variable, value := range values {
		resolved, line := resolve(value)
		if line > 0 {
			return path, nil, fmt.Errorf("%s, line %d: %s", path, line, expansionReason)
		}
		values[variable] = resolved
	}
	return path, values, nil
}

const expansionReason = "cannot expand this ${…}; expected ${NAME} or ${NAME:-default}, or the text in single quotes, where it stays as it is"

func readSmallFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a directory; expected a file with lines NAME=value")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxDotEnv+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxDotEnv {
		return nil, errors.New("it is larger than 1 MiB; expected a file with lines NAME=value")
	}
	return text, nil
}

// isUnterminated reports whether err is the parser's error for an open quote. The
// parser's errors are texts that quote the file.
func isUnterminated(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "unterminated")
}

func syntaxReason(err error) string {
	if isUnterminated(err) {
		return "a quote is opened and not closed"
	}
	return "not a variable; expected NAME=value, the value in quotes if it goes over several lines"
}

// failingLine returns the number of the line where the first invalid statement begins.
// The parser does not report it, so failingLine feeds the file to it line by line: the
// statement after the last complete one is invalid. Further lines can only complete an
// open quote.
func failingLine(text []byte) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	good, start, end := 0, 0, 0
	open := false
	for i, line := range lines {
		end += len(line)
		if open && !bytes.ContainsAny(line, `"'`) {
			continue
		}
		values, err := godotenv.UnmarshalBytes(text[start:end])
		if _, nameless := values[""]; err == nil && !nameless {
			good, start = i+1, end
		} else if !isUnterminated(err) {
			break
		}
		open = err != nil
	}
	for good < len(lines)-1 && isBlank(lines[good]) {
		good++
	}
	return good + 1
}

func isBlank(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}
