package generate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/suggest"
)

// fieldTypes are the types of fields, in the order of help.
var fieldTypes = []string{"string", "text", "int", "float", "bool", "time", "uuid"}

// fieldType is what a type is in Go, in SQL and in a test.
type fieldType struct {
	goType           string
	tags             string // rules of the input
	postgres, sqlite string
	sample, other    string // two values in a test, in Go
	bad              string // one that breaks the rules
}

var typesOfFields = map[string]fieldType{
	"string": {"string", ` minLength:"1" maxLength:"200"`, "TEXT", "TEXT", `"one"`, `"two"`, `""`},
	"text":   {"string", ` minLength:"1" maxLength:"10000"`, "TEXT", "TEXT", `"some text"`, `"other text"`, `""`},
	"int":    {"int64", "", "BIGINT", "BIGINT", "1", "2", `"many"`},
	"float":  {"float64", "", "DOUBLE PRECISION", "DOUBLE PRECISION", "1.5", "2.5", `"much"`},
	"bool":   {"bool", "", "BOOLEAN", "BOOLEAN", "true", "false", `"perhaps"`},
	"time":   {"time.Time", "", "TIMESTAMP", "TIMESTAMP", `"2030-01-02T15:04:05Z"`, `"2031-01-02T15:04:05Z"`, `"soon"`},
	"uuid":   {"string", ` format:"uuid"`, "UUID", "TEXT", `"0b0e5b8e-7a3c-4c52-9f8e-0d7a5d3c1b2a"`, `"1c1f6c9f-8b4d-4d63-8a9f-1e8b6e4d2c3b"`, `"mine"`},
}

// field is a field of a resource.
type field struct {
	fieldType
	Name     string // of Go
	JSON     string
	Column   string
	Doc      string
	Optional bool
}

var fieldPattern = regexp.MustCompile(`^([^:]*):([^?]*)(\??)$`)

// parseFields parses arguments such as title:string and rating:int?.
func parseFields(args []string) ([]field, error) {
	taken := map[string]string{"id": "", "createdAt": "", "updatedAt": "", "page": "", "limit": ""}
	var fields []field
	for _, arg := range args {
		f, err := parseField(arg)
		if err != nil {
			return nil, err
		}
		if other, ok := taken[f.JSON]; ok {
			if other == "" {
				return nil, fmt.Errorf("%s: every resource has a field or parameter %s; choose another name", arg, f.JSON)
			}
			return nil, fmt.Errorf("%s and %s are one field", other, arg)
		}
		taken[f.JSON] = arg
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("name a field at least, such as title:string; the types are %s", strings.Join(fieldTypes, ", "))
	}
	return fields, nil
}

func parseField(arg string) (field, error) {
	parts := fieldPattern.FindStringSubmatch(arg)
	if parts == nil {
		return field{}, fmt.Errorf("%q is no field: write its name, a colon and its type, such as title:string, and ? behind what is optional", arg)
	}
	name, typ := parts[1], parts[2]
	if !validName.MatchString(name) {
		return field{}, fmt.Errorf("%q is no name for a field: begin with a lower-case letter, and use letters, digits and _", name)
	}
	known, ok := typesOfFields[typ]
	if !ok {
		hint := ""
		if near := suggest.Closest(typ, fieldTypes); len(near) > 0 {
			hint = fmt.Sprintf("; did you mean %s?", near[0])
		}
		return field{}, fmt.Errorf("%s: there is no type %q%s The types are %s", arg, typ, strings.TrimPrefix(hint+".", "?."), strings.Join(fieldTypes, ", "))
	}
	all := words(name)
	f := field{known, exported(all), camel(all), strings.Join(all, "_"), capital(strings.Join(all, " ")), parts[3] == "?"}
	return f, nil
}

// capital returns a text with a capital in front.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// Go is the type of the field.
func (f field) Go() string {
	if f.Optional {
		return "*" + f.goType
	}
	return f.goType
}

// Tags are those of the row.
func (f field) Tags() string { return fmt.Sprintf("`bun:%q json:%q`", f.Column, f.JSON) }

// InputTags are those of the input.
func (f field) InputTags() string {
	json := f.JSON
	if f.Optional {
		json += ",omitempty"
	}
	return fmt.Sprintf("`json:%q doc:%q%s`", json, f.Doc, f.tags)
}

// FromInput is the value of the row's field, in Go.
func (f field) FromInput() string {
	switch {
	case f.goType != "time.Time":
		return "in." + f.Name
	case f.Optional:
		return "utc(in." + f.Name + ")"
	}
	return "in." + f.Name + ".UTC()"
}

// SQL is the column in a table of a database.
func (f field) SQL(database string) string {
	typ := f.sqlite
	if database == "postgres" {
		typ = f.postgres
	}
	if !f.Optional {
		typ += " NOT NULL"
	}
	return quoteColumn(f.Column) + " " + typ
}

// Sample, Other and Bad are values in a test.
func (f field) Sample() string { return f.sample }

// Other is another value than Sample.
func (f field) Other() string { return f.other }

// Bad is a value that breaks the rules.
func (f field) Bad() string { return f.bad }

// quoteColumn quotes a name that SQL has another meaning for.
func quoteColumn(name string) string {
	if slices.Contains(sqlWords, strings.ToUpper(name)) {
		return `"` + name + `"`
	}
	return name
}

// sqlWords are the reserved words of Postgres and of SQLite.
var sqlWords = strings.Fields(`
ADD ALL ALTER ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC AUTHORIZATION AUTOINCREMENT BETWEEN BINARY BOTH CASE CAST CHECK
COLLATE COLLATION COLUMN COMMIT CONCURRENTLY CONSTRAINT CREATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
DEFAULT DEFERRABLE DELETE DESC DISTINCT DO DROP ELSE END ESCAPE EXCEPT EXISTS FALSE FETCH FOR FOREIGN FREEZE FROM FULL GRANT
GROUP HAVING ILIKE IN INDEX INITIALLY INNER INSERT INTERSECT INTO IS ISNULL JOIN LATERAL LEADING LEFT LIKE LIMIT LOCALTIME
NATURAL NOT NOTHING NOTNULL NULL OFFSET ON ONLY OR ORDER OUTER OVERLAPS PLACING PRIMARY REFERENCES RETURNING RIGHT SELECT
SESSION_USER SET SIMILAR SOME SYMMETRIC SYSTEM_USER TABLE TABLESAMPLE THEN TO TRAILING TRANSACTION TRUE UNION UNIQUE UPDATE
USER USING VALUES VARIADIC VERBOSE WHEN WHERE WINDOW WITH`)
