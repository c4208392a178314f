package script_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/db/internal/script"
)

func TestParseCutsStatements(t *testing.T) {
	both := []script.Dialect{script.Postgres, script.SQLite}
	postgres, sqlite := both[:1], both[1:]
	for name, test := range map[string]struct {
		dialects []script.Dialect
		text     string
		want     []string
	}{
		"nothing":          {both, "", nil},
		"comments only":    {both, "-- one\n/* two; */\n ; ;", nil},
		"two":              {both, "SELECT 1;\nSELECT 2", []string{"SELECT 1", "SELECT 2"}},
		"comments around":  {both, "-- a;b\nSELECT 1 -- c;d\n; -- e", []string{"SELECT 1"}},
		"comment inside":   {both, "SELECT /* ; */ 1;", []string{"SELECT /* ; */ 1"}},
		"quotes":           {both, `SELECT 'a;''b;', "c;""d";SELECT 1`, []string{`SELECT 'a;''b;', "c;""d"`, "SELECT 1"}},
		"backslash":        {both, `SELECT 'a\';SELECT 'b'`, []string{`SELECT 'a\'`, `SELECT 'b'`}},
		"blank lines kept": {both, "SELECT 'a\n\n;b'", []string{"SELECT 'a\n\n;b'"}},
		"parentheses":      {both, "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);SELECT 3", []string{"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"}},
		"windows lines":    {both, "\ufeffSELECT 1;\r\nSELECT 2;\r\n", []string{"SELECT 1", "SELECT 2"}},
		"begin as a name":  {both, `SELECT begin FROM t;SELECT "end"`, []string{"SELECT begin FROM t", `SELECT "end"`}},
		"case":             {both, "SELECT CASE WHEN 1 THEN 2 END;SELECT 1", []string{"SELECT CASE WHEN 1 THEN 2 END", "SELECT 1"}},

		"dollars":                  {postgres, "DO $$ BEGIN; END; $$;SELECT $a$;$$;$a$", []string{"DO $$ BEGIN; END; $$", "SELECT $a$;$$;$a$"}},
		"no dollars":               {postgres, "SELECT $1;SELECT a$$;SELECT b$$", []string{"SELECT $1", "SELECT a$$", "SELECT b$$"}},
		"escapes":                  {postgres, `SELECT E'a\';b', e'\\';SELECT 1`, []string{`SELECT E'a\';b', e'\\'`, "SELECT 1"}},
		"nested":                   {postgres, "/* a /* b; */ c; */SELECT 1;", []string{"SELECT 1"}},
		"array":                    {postgres, "SELECT a[1];SELECT 2", []string{"SELECT a[1]", "SELECT 2"}},
		"atomic":                   {postgres, "CREATE OR REPLACE FUNCTION f() RETURNS INT BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3", []string{"CREATE OR REPLACE FUNCTION f() RETURNS INT BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "SELECT 3"}},
		"not atomic":               {postgres, "CREATE FUNCTION begin() RETURNS INT LANGUAGE sql AS 'SELECT 1;';SELECT 2", []string{"CREATE FUNCTION begin() RETURNS INT LANGUAGE sql AS 'SELECT 1;'", "SELECT 2"}},
		"not nested":               {sqlite, "/* a /* b; */SELECT 1;", []string{"SELECT 1"}},
		"other quotes":             {sqlite, "SELECT `a;b`, [c;d'];SELECT 1", []string{"SELECT `a;b`, [c;d']", "SELECT 1"}},
		"begin and end as columns": {sqlite, "CREATE TRIGGER x AFTER UPDATE OF begin, end ON t WHEN new.begin > 0 BEGIN SELECT old.end, end FROM t; UPDATE t SET end = CASE WHEN new.end > 1 THEN 2 END; END;SELECT 1", []string{"CREATE TRIGGER x AFTER UPDATE OF begin, end ON t WHEN new.begin > 0 BEGIN SELECT old.end, end FROM t; UPDATE t SET end = CASE WHEN new.end > 1 THEN 2 END; END", "SELECT 1"}},
		"trigger":                  {sqlite, "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = CASE a WHEN 1 THEN 2 END; DELETE FROM u; END;SELECT 1", []string{"CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = CASE a WHEN 1 THEN 2 END; DELETE FROM u; END", "SELECT 1"}},
		"split":                    {both, "SELECT 1;\nSELECT 2;\n--bun:split\n-- only this\n--bun:split\nSELECT 3;", []string{"SELECT 1", "SELECT 2", "SELECT 3"}},
		"split alone":              {both, "SELECT 1\n--bun:split\n  --bun:split \nSELECT 2 --bun:split", []string{"SELECT 1", "SELECT 2"}},
		"split nothing":            {both, "SELECT 1; SELECT 2\n--bun:split\n", []string{"SELECT 1", "SELECT 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range test.dialects {
				s, err := script.Parse(test.text, d)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, statement := range s.Statements {
					got = append(got, statement.SQL)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("dialect %v: got %q, want %q", d, got, test.want)
				}
			}
		})
	}
}

func TestParseNumbersLines(t *testing.T) {
	for name, text := range map[string]string{
		"semicolons": "-- one\n\nSELECT 1;\n/* four\n*/ SELECT\n6;\n\nSELECT 8",
		"splits":     "-- one\n\nSELECT 1;\n--bun:split\n SELECT\n6;\n--bun:split\nSELECT 8",
	} {
		s, err := script.Parse(text, script.Postgres)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, statement := range s.Statements {
			got = append(got, statement.Line)
		}
		if want := []int{3, 5, 8}; !slices.Equal(got, want) {
			t.Errorf("%s: got lines %v, want %v", name, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1;\nSELECT 'a;":   "line 2: the text that begins with ' does not end",
		"SELECT 1;\n\n/* a":       "line 3: the comment that begins with /* does not end",
		"DO $x$ a $$":             "line 1: the text that begins with $x$ does not end",
		"SELECT 1;\nSELECT (1;":   "line 2: the statement's body or parenthesis does not end",
		"--bun:spilt\n":           "line 1: --bun:spilt is no directive",
		"SELECT 1;\ncommit;":      "line 2: commit: a script may not begin or end a transaction",
		"BEGIN":                   "line 1: BEGIN: a script may not",
		"/* a */ ROLLBACK;":       "line 1: ROLLBACK: a script may not",
		"PREPARE TRANSACTION 'a'": "may not begin or end a transaction",
		"SELECT 1\n--bun:split\n-- x\nEND TRANSACTION":       "line 4: END TRANSACTION: a script may not",
		"SELECT 1;\nCOPY t FROM stdin;\n1\tit's\n\\.\n":      "line 2: COPY t FROM stdin: a script has no input to copy rows from; write INSERT",
		"/* x */ copy public.t (a, b)\n from STDIN with csv": "line 1: copy public.t (a, b) …: a script has no input",
		"COPY \"to\" (\"from\") FROM /* the */ STDOUT":       "a script has no input",
		"COPY (SELECT a FROM stdin) TO STDOUT":               "line 1: COPY (SELECT a FROM stdin) TO STDOUT: a script has no output",
		"\n--bun:split\nSELECT 1;\n-- x\nCOPY t FROM STDIN":  "line 5: COPY t FROM STDIN: a script has no input",
		"-- dump\n\\restrict it's\nSELECT 1;":                "line 2: \\restrict it's: this is a command of psql",
		"SELECT 1;\n--bun:split\n\\connect a":                "line 3: \\connect a: this is a command of psql",
		"a\x00b":                                             "not UTF-8 text",
		"\xff":                                               "not UTF-8 text",
	} {
		if _, err := script.Parse(text, script.Postgres); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", text, err, want)
		}
	}
	for _, fine := range []string{
		"SAVEPOINT a; ROLLBACK TO a", "PREPARE p AS SELECT 1", "SELECT 1 --bun:spilt",
		"COPY t FROM '/stdin'", "COPY t FROM PROGRAM 'cat'", "COPY (SELECT a FROM stdin) TO '/stdout'", "COPY stdin FROM '/a'",
		"-- COPY t FROM stdin", "SELECT 'COPY t FROM stdin;'", "DO $$ BEGIN PERFORM 1; -- COPY t FROM stdin\nEND $$", "SELECT '\\.', copy FROM stdin",
	} {
		if _, err := script.Parse(fine, script.Postgres); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
}

func TestParseNoTransaction(t *testing.T) {
	s, err := script.Parse("-- an index\n--keryx:no-transaction\nSELECT 1;", script.Postgres)
	if err != nil || !s.NoTransaction || len(s.Statements) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestKeepsSession(t *testing.T) {
	for text, want := range map[string]bool{
		"CREATE TABLE t (i INT); INSERT INTO t VALUES (1)":                 true,
		"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT 1; $$": true,
		"SELECT 1; SET a = b":                                  false,
		"DO $$ BEGIN END $$":                                   false,
		"ALTER TABLE t ADD COLUMN i int":                       true,
		"ALTER DATABASE d SET search_path = a":                 false,
		"--bun:split\nSELECT 1;\nalter role r SET role = a;\n": false,
	} {
		s, err := script.Parse(text, script.Postgres)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.KeepsSession(script.Postgres); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1":                           "SELECT 1",
		"CREATE TABLE t (\n\tid INT\n)":      "CREATE TABLE t ( …",
		strings.Repeat("é", 70) + "\nSELECT": strings.Repeat("é", 60) + "…",
	} {
		if got := (script.Statement{SQL: sql}).Excerpt(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Nothing but white space, comments and semicolons may get lost between
// statements, whatever the text.
func FuzzParse(f *testing.F) {
	f.Add("SELECT 'a;b'; -- c\nCREATE TRIGGER x BEGIN SELECT 1; END; $$ ; $$", true)
	f.Add("E'\\''; /* /* */ */ [a;] `b;`\n--bun:split\nx", false)
	f.Add("x; /* */ */; -- y\ny; /* / */ /", false) // each occurs in a comment first
	f.Fuzz(func(t *testing.T, text string, postgres bool) {
		d := script.SQLite
		if postgres {
			d = script.Postgres
		}
		s, err := script.Parse(text, d)
		if err != nil {
			return
		}
		rest := strings.TrimPrefix(text, "\ufeff")
		line := 1
		for n, statement := range s.Statements {
			from := 0
			for ; line < statement.Line; line++ {
				from += 1 + strings.IndexByte(rest[from:], '\n')
			}
			at := begins(rest, from, statement.SQL, n == 0, d)
			if at < 0 || statement.SQL == "" {
				t.Fatalf("%q lost what is before %q in line %d", text, statement.SQL, statement.Line)
			}
			rest = rest[at+len(statement.SQL):]
			line += strings.Count(statement.SQL, "\n")
		}
		if !onlyBlank(rest, "", len(s.Statements) == 0, d) {
			t.Fatalf("%q lost %q", text, rest)
		}
	})
}

// begins returns where sql begins in text, at from or later, with nothing but
// blanks before it; -1 when there is no such place. A comment may hold the same
// text, and begin with it.
func begins(text string, from int, sql string, top bool, d script.Dialect) int {
	for at := from; ; at++ {
		i := strings.Index(text[at:], sql)
		if i < 0 {
			return -1
		}
		at += i
		comment := strings.HasPrefix(text[at:], "/*") || strings.HasPrefix(text[at:], "--")
		if (!comment || len(sql) > 1) && onlyBlank(text[:at], "x", top, d) {
			return at
		}
	}
}

// onlyBlank reports whether text, followed by a statement, has no other
// statement. Unless it is the top of a file its first line is the end of a
// line, which is no directive.
func onlyBlank(text, statement string, top bool, d script.Dialect) bool {
	if !top {
		text = "/**/" + text
	}
	s, err := script.Parse(text+statement, d)
	if err != nil || statement == "" {
		return err == nil && len(s.Statements) == 0
	}
	return len(s.Statements) == 1 && s.Statements[0].SQL == statement
}
