// SPDX-License-Identifier: Apache-2.0

package credcache

import "strings"

// Set is what belongs together: a request is signed with one set, and not with the
// id of one and the token of the next. Of a set with a Bearer token nothing else is
// needed.
type Set struct {
	ID     string
	Secret string
	Token  string // of a session; empty for lasting keys
	Bearer string
}

// Names are what the fields of a set are called in errors.
type Names struct{ ID, Secret, Token, Bearer string }

// MalformedError is the error of credentials that no cloud has issued, such as those
// read from a file together with its line end. It names the field and holds nothing
// of its value.
type MalformedError struct{ Field, Problem string }

// Error says what is wrong with which field.
func (e *MalformedError) Error() string { return e.Field + " " + e.Problem }

// check returns an error for what cannot be credentials. Sent, it would earn an
// error about a signature, or about a header that does not name the field.
func (s Set) check(names Names) error {
	if s.Bearer == "" && (s.ID == "" || s.Secret == "") {
		return ErrNone
	}
	for _, field := range [...]struct{ name, value string }{
		{names.ID, s.ID}, {names.Secret, s.Secret}, {names.Token, s.Token}, {names.Bearer, s.Bearer},
	} {
		if problem := problem(field.value); problem != "" {
			return &MalformedError{field.name, problem}
		}
	}
	return nil
}

func problem(value string) string {
	if isPrintable(value) {
		return ""
	}
	const space = " \t\r\n\v\f\u0085\u00a0\u2028\u2029\u3000\ufeff"
	switch {
	case strings.TrimRight(value, space) != value:
		return "ends with white space"
	case strings.TrimLeft(value, space) != value:
		return "begins with white space"
	default:
		return "has a character that is not printable ASCII"
	}
}

func isPrintable(value string) bool {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
